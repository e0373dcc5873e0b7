/* roof measures, on request, what one core of this machine can do at most, with
 * AVX2 or with AVX-512: a line "fma avx2" is answered with fused multiply-adds of
 * float32 a second, "load avx2" with bytes loaded a second from the first-level
 * cache. */
#include <immintrin.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float memory[4096] __attribute__((aligned(64))); /* 16 KiB */
static volatile float sink;

/* Twelve sums hide the latency of four cycles on up to three units. */
#define FMA(VEC, FN, SET)                                                \
	VEC s[12], a = SET(1.0001f), b = SET(0.0001f);                   \
	for (int i = 0; i < 12; i++)                                     \
		s[i] = SET(i);                                           \
	for (long n = 0; n < rounds; n++) {                              \
		_Pragma("GCC unroll 12") for (int i = 0; i < 12; i++)    \
			s[i] = FN(s[i], a, b);                           \
	}                                                                \
	for (int i = 0; i < 12; i++)                                     \
		sink = *(float *)&s[i];

__attribute__((target("avx2,fma"))) static void fma256(long rounds)
{
	FMA(__m256, _mm256_fmadd_ps, _mm256_set1_ps)
}

__attribute__((target("avx512f"))) static void fma512(long rounds)
{
	FMA(__m512, _mm512_fmadd_ps, _mm512_set1_ps)
}

/* Loads whose values nothing waits for, as volatile assembly so that they stay. */
#define LOADS(INSTR, REG, WIDTH)                                                     \
	for (long n = 0; n < rounds; n++)                                            \
		for (char *p = (char *)memory, *end = p + sizeof memory; p < end; p += 8 * WIDTH) \
			__asm__ volatile(INSTR " 0*%c1(%0), %%" REG "0\n\t" INSTR " 1*%c1(%0), %%" REG "1\n\t" \
					 INSTR " 2*%c1(%0), %%" REG "2\n\t" INSTR " 3*%c1(%0), %%" REG "3\n\t" \
					 INSTR " 4*%c1(%0), %%" REG "4\n\t" INSTR " 5*%c1(%0), %%" REG "5\n\t" \
					 INSTR " 6*%c1(%0), %%" REG "6\n\t" INSTR " 7*%c1(%0), %%" REG "7"     \
					 : : "r"(p), "i"(WIDTH) : REG "0", REG "1", REG "2", REG "3", REG "4", REG "5", REG "6", REG "7");

__attribute__((target("avx2"))) static void load256(long rounds)
{
	LOADS("vmovdqa", "ymm", 32)
}

__attribute__((target("avx512f"))) static void load512(long rounds)
{
	LOADS("vmovdqa64", "zmm", 64)
}

/* rate returns how much f does in a second, if a round does work. */
static double rate(void (*f)(long), double work)
{
	double start, took = 0;
	long rounds = 1000;
	for (; took < 0.05; rounds *= 2) {
		start = now();
		f(rounds);
		took = now() - start;
	}
	return work * (rounds / 2) / took;
}

int main(void)
{
	char what[16], level[16];
	puts("roof");
	fflush(stdout);
	while (scanf("%15s %15s", what, level) == 2) {
		int wide = !strcmp(level, "avx512"), lanes = wide ? 16 : 8;
		if (!strcmp(what, "fma"))
			printf("%.0f\n", rate(wide ? fma512 : fma256, 12.0 * lanes));
		else
			printf("%.0f\n", rate(wide ? load512 : load256, sizeof memory));
		fflush(stdout);
	}
	return 0;
}
