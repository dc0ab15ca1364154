"""Standing on a past day: what was known then, what is asked, and what methods said.

spec: the frozen question: the lead
forecaster: the interface of a method: fit on a past, predict a query
origins: the rolling origin: past days on which a forecast is asked for
hindcasts: what methods would have said on past target days
"""
