/* sgemm times OpenBLAS's sgemm on request: for each line "sgemm B K N" on standard
 * input it multiplies B x K by K x N, row-major, until a tenth of a second has
 * passed, and answers with the seconds that one product took. The left matrix
 * holds zeros and ones, which sgemm takes no notice of. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *matrix(size_t n, int bits)
{
	float *m = aligned_alloc(64, (n * sizeof *m + 63) / 64 * 64);
	if (!m) {
		fputs("sgemm: out of memory\n", stderr);
		exit(1);
	}
	for (size_t i = 0; i < n; i++)
		m[i] = bits ? rand() & 1 : rand() / (float)RAND_MAX - 0.5f;
	return m;
}

int main(void)
{
	int b, k, n;
	openblas_set_num_threads(1);
	printf("%s, kernels for %s\n", openblas_get_config(), openblas_get_corename());
	fflush(stdout);
	while (scanf(" sgemm %d %d %d", &b, &k, &n) == 3) {
		float *x = matrix((size_t)b * k, 1), *w = matrix((size_t)k * n, 0), *y = matrix((size_t)b * n, 0);
		int times = -2; /* two to warm up */
		double start = 0, t;
		do {
			cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, b, n, k, 1, x, k, w, n, 0, y, n);
			t = now();
			if (++times <= 0)
				start = t;
		} while (times < 1 || t - start < 0.1);
		printf("%.9f\n", (t - start) / times);
		fflush(stdout);
		free(x);
		free(w);
		free(y);
	}
	return 0;
}
