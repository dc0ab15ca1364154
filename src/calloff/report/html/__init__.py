"""Results as one HTML file.

static: the scripts and styles that a page is made of
strings: the words of a page
plain: numbers and days as plain values
summary_json: a summary as the page reads it
render: the file
"""

REPORTS = (".html", ".htm")  # suffixes of its files
