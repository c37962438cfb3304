"""The day's papers, ranked for one reader.

    announcement or files -> candidates -> ranked by likes, or by categories -> those not shown before

candidates.py  papers with how they were announced; which of them a reader wants
likes.py       the papers that a reader likes
ranker.py      candidates ranked by likes, with the words behind it and precision at 10
history.py     what was shown before, in a file
feed.py        all of the above: `make_feed`
forms.py       a feed as Markdown, HTML, JSON or Atom

It needs the extra `feed`.
"""

from arxonomy.errors import needs_extra

# First what needs more than a harvest: without either, the error names the extra that has both.
with needs_extra("feed", "a feed"):
    from arxonomy.feed.ranker import Ranker

with needs_extra("feed", "a feed"):
    from arxonomy.feed.candidates import Candidate, Wish, harvest_candidates, read_candidates
    from arxonomy.feed.feed import Entry, Feed, make_feed
    from arxonomy.feed.history import History, find_history
    from arxonomy.feed.likes import read_likes

__all__ = [
    "Candidate",
    "Entry",
    "Feed",
    "History",
    "Ranker",
    "Wish",
    "find_history",
    "harvest_candidates",
    "make_feed",
    "read_candidates",
    "read_likes",
]
