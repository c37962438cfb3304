"""Other systems that classify papers, each as its own users would run it, without any code of ours.

run_linear_svm.py   a pipeline of scikit-learn's TF-IDF and LinearSVC
run_fasttext.py     fastText
run_minilm.py       sentence vectors of MiniLM, without a head on them
run_network.py      the packaged network as a module of PyTorch, whose text is read by our code
preparation.py      finds or trains the models of the first two
conversion.py       runs of `arxonomy train` -> the files that these load

Those named run are programs: MODEL PAPERS OUT, Parquet in and Parquet out.
"""
