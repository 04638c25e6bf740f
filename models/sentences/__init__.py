"""Every sentence about a score, an event or an article, a module a kind of document.

What a factor of a score is called and says for itself stands in `models.covariates`, what was done to
a claim in `models.standing`; `models.wording` writes numbers, days and lists for all of them.
"""
