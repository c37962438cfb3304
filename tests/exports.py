"""Records as the usual exports write them, all of one invented paper, for tests of every interface."""

from __future__ import annotations

from typing import Any

TITLE = "Sorting Beach Glass with Two Cameras"
ABSTRACT = "We sort glass from 40 beaches. Two cameras see each piece."

INVERTED = {
    "We": [0], "sort": [1], "glass": [2], "from": [3], "40": [4], "beaches.": [5], "Two": [6], "cameras": [7],
    "see": [8], "each": [9], "piece.": [10],
}  # fmt: skip

EXPORTS: dict[str, tuple[dict[str, Any], str]] = {
    "plain": ({"id": "g1", "title": TITLE, "abstract": ABSTRACT}, "g1"),
    "capitals": ({"ID": "g1", "TITLE": TITLE, "Abstract": ABSTRACT}, "g1"),
    "Zotero CSV": (
        {"Key": "ZZ9PZA", "Item Type": "journalArticle", "Publication Year": "2024", "Title": TITLE,
         "Publication Title": "Letters", "DOI": "", "Abstract Note": ABSTRACT, "Date": "2024-03"},
        "ZZ9PZA",
    ),
    "CSL-JSON": (
        {"id": "doe2024", "type": "article-journal", "title": TITLE, "abstract": ABSTRACT,
         "issued": {"date-parts": [[2024, 3]]}, "keyword": "glass, beaches"},
        "doe2024",
    ),
    "Web of Science": (
        {"Publication Type": "J", "Article Title": TITLE, "Source Title": "LETTERS", "Abstract": ABSTRACT,
         "Author Keywords": "glass", "Publication Year": "2024", "UT (Unique WOS ID)": "WOS:000900000000001"},
        "WOS:000900000000001",
    ),
    "Web of Science tags": (
        {"PT": "J", "TI": TITLE, "SO": "LETTERS", "ID": "BEACH; GLASS", "AB": ABSTRACT, "PY": "2024",
         "UT": "WOS:000900000000001"},
        "WOS:000900000000001",
    ),
    "EBSCO": (
        {"Article Title": TITLE, "Journal Title": "Letters", "Publication date": "20240301",
         "Accession Number": "170000001", "DOI": "10.9999/glass", "Abstract": ABSTRACT},
        "170000001",
    ),
    "IEEE Xplore": (
        {"Document Title": TITLE, "Publication Title": "Letters", "Publication Year": "2024",
         "Abstract": ABSTRACT, "DOI": "10.9999/glass", "Publisher": "An Invented Publisher"},
        "10.9999/glass",
    ),
    "RefWorks": ({"RT": "Journal Article", "T1": TITLE, "JF": "Letters", "YR": "2024", "AB": ABSTRACT}, "1"),
    "Scopus": (
        {"Authors": "Doe J.", "Title": TITLE, "Year": "2024", "Source title": "Letters", "Abstract": ABSTRACT,
         "EID": "2-s2.0-85900000001"},
        "2-s2.0-85900000001",
    ),
    "Dimensions": (
        {"Rank": "1", "Publication ID": "pub.1900000001", "Title": TITLE, "Source title": "Letters",
         "Abstract": ABSTRACT, "PubYear": "2024"},
        "pub.1900000001",
    ),
    "Lens": (
        {"Lens ID": "099-900-900-900-901", "Title": TITLE, "Date Published": "2024-03-01",
         "Source Title": "Letters", "Abstract": ABSTRACT},
        "099-900-900-900-901",
    ),
    "OpenAlex": (
        {"id": "https://openalex.org/W9000000001", "doi": None, "title": None, "display_name": TITLE,
         "publication_date": "2024-03-01", "abstract_inverted_index": INVERTED},
        "https://openalex.org/W9000000001",
    ),
    "Crossref": (
        {"DOI": "10.9999/glass", "type": "journal-article", "title": [TITLE], "container-title": ["Letters"],
         "abstract": ABSTRACT, "published": {"date-parts": [[2024, 3, 1]]}, "publisher": "Invented"},
        "10.9999/glass",
    ),
    "arxiv.py": (
        {"entry_id": "http://arxiv.org/abs/2403.99999v2", "updated": "2024-03-02", "title": TITLE,
         "summary": ABSTRACT, "primary_category": "cs.CV", "categories": ["cs.CV", "cs.RO"]},
        "http://arxiv.org/abs/2403.99999v2",
    ),
    "Semantic Scholar": (
        {"paperId": "90ab", "title": TITLE, "abstract": ABSTRACT, "year": 2024, "tldr": {"text": "Glass."}},
        "90ab",
    ),
    "PubMed": (
        {"PMID": "39999999", "Title": "Letters", "ArticleTitle": TITLE, "AbstractText": ABSTRACT},
        "39999999",
    ),
    "Kaggle": (
        {"id": "2403.99999", "submitter": "Jane Doe", "title": TITLE, "abstract": ABSTRACT,
         "categories": "cs.CV cs.RO", "update_date": "2024-03-02"},
        "2403.99999",
    ),
    "EndNote": (
        {"Reference Type": "Journal Article", "Record Number": "7", "Year": "2024", "Title": TITLE,
         "Abstract": ABSTRACT, "Publisher": ""},
        "7",
    ),
    "JabRef": ({"citationkey": "doe2024", "title": TITLE, "abstract": ABSTRACT, "year": "2024"}, "doe2024"),
    "DSpace": (
        {"dc.identifier.uri": "http://repo.example/1", "dc.title[en_US]": TITLE, "dc.title[]": "",
         "dc.description.abstract[en_US]": ABSTRACT, "dc.date.issued": "2024-03"},
        "http://repo.example/1",
    ),
    "HAL": ({"halId_s": "hal-09999999", "title_s": [TITLE], "abstract_s": [ABSTRACT]}, "hal-09999999"),
    "INSPIRE": ({"titles": [{"title": TITLE}], "abstracts": [{"value": ABSTRACT, "source": "arXiv"}]}, "1"),
    "bracketed text": ({"id": "g1", "title": f"['{TITLE}']", "abstract": f'["{ABSTRACT}"]'}, "g1"),
    "index as text": ({"id": "g1", "title": TITLE, "abstract_inverted_index": str(INVERTED)}, "g1"),
    "a blank first choice": ({"id": "", "doi": "10.9999/glass", "title": " ", "display_name": TITLE,
                              "abstract": "[No abstract available]", "summary": ABSTRACT}, "10.9999/glass"),
}  # fmt: skip
"""Name of an export -> one of its records, and the id that is read of it."""
