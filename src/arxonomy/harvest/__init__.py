"""arXiv's records -> a file that every command reads, politely, and with a report of its completeness.

services.py       where arXiv's services are, and which addresses may be asked
pace.py           one request in three seconds, one at a time, over all processes of a machine
client.py         requests: bounded in time and size, repeated where that may help
documents.py      XML and HTML, parsed strictly and without entities
sequence.py       gaps in the sequence of ids
records.py        `Record`, one row of what is harvested
oai.py            OAI-PMH: pages of a list -> records
feeds.py          RSS, the listing and the interface's Atom -> records and ids
store.py          what was harvested so far, on disk
ranges.py         all that was changed within a range of days
announcements.py  the newest announcement
lookups.py        papers by ids, or that match a query
report.py         what is known of the completeness
output.py         JSON lines or Parquet, with the report
harvests.py       all of the above: `harvest_range`, `harvest_announcement`, `harvest_ids`, `harvest_query`

It needs the extra `harvest`.
"""

from arxonomy.errors import needs_extra

with needs_extra("harvest", "asking arXiv"):
    from arxonomy.harvest.client import Client
    from arxonomy.harvest.harvests import harvest_announcement, harvest_ids, harvest_query, harvest_range
    from arxonomy.harvest.lookups import fetch_record
    from arxonomy.harvest.oai import Prefix
    from arxonomy.harvest.report import Report
    from arxonomy.harvest.services import Services, find_services

__all__ = [
    "Client",
    "Prefix",
    "Report",
    "Services",
    "fetch_record",
    "find_services",
    "harvest_announcement",
    "harvest_ids",
    "harvest_query",
    "harvest_range",
]
