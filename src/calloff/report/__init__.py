"""Results for people.

files: tables and documents written whole or not at all
figures: pictures by matplotlib
summary: results as one frozen value, which all others show
words: the sentences and numbers that they share
html: results as one HTML file
workbook: results as an Excel workbook
demo: the whole job on a synthetic customer
terminal: results on the screen
"""
