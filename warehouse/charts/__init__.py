"""Charts of answers as SVG and PNG: drawn by Vega-Lite inside this process, without a browser, a script or an address."""
