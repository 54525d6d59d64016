"""What a file of an answer holds: the workbook with its sheet of sources, the page, the chart. How a file comes to its place is
``flows.cli.asking.outputs``.
"""
