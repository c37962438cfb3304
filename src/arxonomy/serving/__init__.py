"""REST over a Classifier. All but subjects.py and settings.py needs the extra `serve`: import what you use.

server.py      on a socket, until a signal ends it: `serve`
app.py         the application: `make_app`
middleware.py        what every request passes first: Host, Origin, key, room; the headers of every answer
routes.py      classify, explain, model, health, metrics
annif.py       Annif's contract
pages.py       what browsers see; its files lie in page/
streaming.py       JSON lines in, JSON lines out, streamed
bodies.py      bodies of requests: decompressed, bounded, checked
uploads.py     papers of files that are sent
measured.py    how good the model was, for clients
schemas.py     what requests and answers hold
openapi.py     the OpenAPI document
service.py     the classifier with its queue and deadlines: `Service`
batcher.py     papers of many requests, sorted together by one thread
metrics.py     numbers for Prometheus
problems.py    refusals as problem JSON
settings.py    address and limits: `ServeSettings`
subjects.py    categories and papers as Annif sees them
"""
