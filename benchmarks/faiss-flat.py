# FAISS's flat index of inner products, timed from outside: a line "<queries> <threads> <blas|loops>" is answered with the seconds of one
# search. Rows are random: what a flat index does, does not depend on them.
import sys
import time

import faiss
import numpy

rows, dimension = int(sys.argv[1]), int(sys.argv[2])
random = numpy.random.default_rng(20260101)
index = faiss.IndexFlatIP(dimension)
for start in range(0, rows, 100_000):
    some = random.random((min(100_000, rows - start), dimension), dtype=numpy.float32) - numpy.float32(0.5)
    index.add(some / numpy.linalg.norm(some, axis=1, keepdims=True))
queries = random.random((64, dimension), dtype=numpy.float32) - numpy.float32(0.5)
queries /= numpy.linalg.norm(queries, axis=1, keepdims=True)
with open("/proc/self/maps") as maps:
    blas = sorted({line.split()[-1] for line in maps if "blas" in line.lower()})
print(f"FAISS {faiss.__version__} with {', '.join(blas)}", flush=True)
for line in sys.stdin:
    count, threads, way = line.split()
    faiss.omp_set_num_threads(int(threads))
    faiss.cvar.distance_compute_blas_threshold = 20 if way == "blas" else 1 << 30
    began = time.perf_counter()
    index.search(queries[: int(count)], 2)
    print(time.perf_counter() - began, flush=True)
