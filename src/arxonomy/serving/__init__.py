"""REST over a Classifier. What does not say otherwise needs the extra `serve`: import what you use.

server.py            the application on a socket, until a signal ends it: `serve`
app.py               the application: `make_app`
answers.py           what classify, explain and check answer, to REST and to agents
middleware.py        what every request passes first: Host, origin, key, limits; the headers of responses
routes.py            classify, explain, read files, the model, health, metrics
checks.py            verdicts on the categories that authors chose
priors.py            the class prior of the papers of a body
annif.py             Annif's contract
pages.py             what browsers see; its files are in page/
streaming.py         JSON lines in, JSON lines out
bodies.py            bodies of requests: decompressed, bounded, validated
uploads.py           papers of uploaded files
request_papers.py    papers of requests
request_options.py   options of requests to classify
request_schemas.py   the bodies of requests
api_errors.py        error responses
openapi.py           the OpenAPI document
service.py           the classifier with its queue and deadlines: `Service`
batcher.py           papers of many requests, classified together by one thread
worker.py            one thread for explanations, one for files, one for estimates
metrics.py           metrics for Prometheus
model_facts.py       what is said of a model; without the extra, as the next three
response_schemas.py  the bodies of responses
settings.py          address and limits: `ServeSettings`
agents.py            an MCP server over the same service; it needs the extra `mcp`
subjects.py          categories and papers as Annif sees them
"""
