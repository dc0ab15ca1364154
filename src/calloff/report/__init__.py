"""Results for people.

files: tables and documents written whole or not at all
figures: pictures by matplotlib
summary: results as one plain value, which all others show
html: results as one HTML file
workbook: results as an Excel workbook
demo: the whole job on a synthetic customer
terminal: results on the screen
"""
