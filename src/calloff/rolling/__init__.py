"""Standing on a past day: what was known then, what is asked, and what methods said.

spec: the frozen question: the lead
forecaster: the interface of a method: fit on a past, predict a query
blas: one thread for linear algebra, so that results do not depend on the cores
origins: the rolling origin: past days on which a forecast is asked for
answers: asking a method, once for each past
hindcasts: what methods would have said on past target days
evidence: what a method says of target days ahead, and of past ones
long_table: hindcasts as a long table
"""
