"""A site of plain pages about what is held: made by path (``whole.Site``), written into a folder (``folder``) or served fresh."""
