"""A planner's own numbers, kept beside ours.

table: the numbers, laid beside a backtest's pairs
workbook_reader: the numbers read back from edited workbooks
"""
