/**
 * The hot paths by themselves, with JMH: {@code bench/micro [PATTERN] [JMH options]}. {@code -prof
 * gc} adds what each operation allocates.
 */
package io.multiraft.bench.micro;
