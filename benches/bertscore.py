"""BERTScore by the Python reference on the pairs that `encode_rate` measures, for benches/bertscore."""
import gzip
import json
import os
import sys
import time

threads = int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(threads)
import torch
from bert_score import BERTScorer

torch.set_num_threads(threads)
model, corpus, pairs = sys.argv[1], sys.argv[2], int(sys.argv[4])


def spread(texts, count):
    count = min(count, len(texts))
    return [texts[i * len(texts) // count] for i in range(count)]


def cpu():
    return time.process_time()


def product_rate():
    best = 0.0
    for m, k, n in [(1024, 1024, 1024), (512, 384, 1536)]:
        a, b = torch.rand(m, k), torch.rand(n, k)
        repeats = 40_000_000_000 // (2 * m * k * n)
        start = cpu()
        for _ in range(repeats):
            torch.nn.functional.linear(a, b)
        best = max(best, 2 * m * k * n * repeats / (cpu() - start) / 1e9)
    return best


with gzip.open(corpus, "rt") as file:
    dialogues = [json.loads(line)["turns"] for line in file]
utterances = [turn for turns in dialogues for turn in turns]
wholes = [" ".join(turns) for turns in dialogues]
scorer = BERTScorer(model_type=model, num_layers=6, idf=False, device="cpu", nthreads=0)
print(f"bert_score on torch {torch.__version__}, {threads} threads; product {product_rate():.1f} GFLOP/CPU-s")
for name, texts in [("utterances", spread(utterances, 2 * pairs)), ("dialogues", spread(wholes, pairs // 5))]:
    scorer.score(texts[:8:2], texts[1:8:2])
    start = cpu()
    f1 = scorer.score(texts[0::2], texts[1::2])[2]
    seconds = cpu() - start
    print(f"{name}: {len(f1)} pairs; {len(f1) / seconds:.1f} pairs/CPU-s, mean F1 {f1.mean().item():.6f}")

# Every utterance against the same references, a call for each utterance (nothing is kept between calls), then in one
# call, which encodes each distinct text once.
references = spread(utterances, 20)
candidates = spread(utterances, pairs // 4)
start = cpu()
found = [scorer.score([one] * len(references), references)[2].mean().item() for one in candidates]
seconds = cpu() - start
count = len(candidates) * len(references)
print(f"corpus: {count} pairs; {count / seconds:.1f} pairs/CPU-s, mean F1 {sum(found) / len(found):.6f}")
start = cpu()
flat = [one for one in candidates for _ in references]
f1 = scorer.score(flat, references * len(candidates))[2]
seconds = cpu() - start
print(f"corpus in one call: {count / seconds:.1f} pairs/CPU-s, mean F1 {f1.mean().item():.6f}")
print(f"product again {product_rate():.1f} GFLOP/CPU-s")
