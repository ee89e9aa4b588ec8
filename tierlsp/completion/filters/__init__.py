"""The filters a model's text passes on its way to the person, one file each, and their order.

A filter is a pure function `(text, site, is_final) -> Cut`. It is called on the whole text so far, again and again
while the text grows (`is_final` false), and once more at its end. It must be *steady*: as long as it has not asked to
stop, what it let through of the whole lines of a shorter text it lets through of a longer one too.
"""
