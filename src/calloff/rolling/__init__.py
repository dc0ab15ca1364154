"""Standing on a past day: what was known then, what is asked, and what methods said.

spec: the frozen question: the lead
forecaster: the interface of a method: fit on a past, predict a query
memo: what is remembered of a past, by the whole question
hindcasts: what methods would have said on past target days
"""
