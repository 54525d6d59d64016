"""Small XML answers as a tree, whole or not at all. Pure: bytes in. Messages of statistics (SDMX) are ``formats.sdmx``'s."""

from __future__ import annotations

from lxml import etree

from warehouse.schema.errors import Incomplete, NotReadable


def root_of(body: bytes, name: str, what: str) -> etree._Element:
    """The root, which must have this name; ``what`` the document is, for its errors.

    Raises Incomplete where it breaks off, NotReadable for what is no such XML or has a document type. Nothing outside of it is read.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True,
                             huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if f"<{name}".encode() in body[:4096] and f"</{name}>".encode() not in body[-100:]:
            raise Incomplete(f"{what} breaks off: its XML does not end") from error
        raise NotReadable(f"{what} is no whole XML: {str(error)[:200]}") from error
    if root.tag != name or root.getroottree().docinfo.doctype:
        raise NotReadable(f"{what} is another XML: it begins with {str(root.tag)[:60]!r}, not {name!r}")
    return root
