"""The day's work: what is new in an inbox, a forecast for each customer, what came true.

settings: what is asked for each customer, from a file
customer_day: the work for one customer
work: the work for all of them
overview: one page about it
screen: the same on the screen
"""
