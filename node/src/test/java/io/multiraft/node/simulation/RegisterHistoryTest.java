package io.multiraft.node.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RegisterHistoryTest {
  private final RegisterHistory history = new RegisterHistory();

  private void isFine() {
    assertThat(history.violation()).isEmpty();
  }

  private void isWrong() {
    assertThat(history.violation()).isPresent();
  }

  @Test
  void nothingAtAll() {
    isFine();
  }

  @Test
  void oneAfterTheOther() {
    history.read(Registers.NOTHING, 0, 1);
    history.wrote(1, 2, 3);
    history.read(1, 4, 5);
    history.wrote(2, 6, 7);
    history.read(2, 8, 9);
    isFine();
  }

  @Test
  void aStaleRead() {
    history.wrote(1, 0, 1);
    history.wrote(2, 2, 3);
    history.read(1, 4, 5);
    isWrong();
  }

  @Test
  void aLostWrite() {
    history.wrote(1, 0, 1);
    history.read(Registers.NOTHING, 2, 3);
    isWrong();
  }

  @Test
  void aReadBesideAWriteMaySeeEither() {
    history.wrote(1, 0, 1);
    history.wrote(2, 2, 9);
    history.read(1, 3, 4);
    history.read(2, 5, 6);
    isFine();
  }

  @Test
  void aReadBesideAWriteMustNotGoBack() {
    history.wrote(1, 0, 1);
    history.wrote(2, 2, 9);
    history.read(2, 3, 4);
    history.read(1, 5, 6);
    isWrong();
  }

  @Test
  void theFuture() {
    history.read(1, 0, 1);
    history.wrote(1, 2, 3);
    isWrong();
  }

  @Test
  void outOfNowhere() {
    history.read(7, 0, 1);
    isWrong();
  }

  @Test
  void anUnknownWriteMayHappenMuchLater() {
    history.wrote(1, 0, RegisterHistory.OPEN);
    history.wrote(2, 2, 3);
    history.read(2, 4, 5);
    history.read(1, 6, 7);
    history.read(1, 8, 9);
    isFine();
  }

  @Test
  void anUnknownWriteHappensOnce() {
    history.wrote(1, 0, RegisterHistory.OPEN);
    history.read(1, 2, 3);
    history.wrote(2, 4, 5);
    history.read(1, 6, 7);
    isWrong();
  }

  @Test
  void anUnknownWriteNeedNotHappen() {
    history.wrote(1, 0, RegisterHistory.OPEN);
    history.read(Registers.NOTHING, 2, 3);
    isFine();
  }

  @Test
  void twoReadersThatDisagreeAboutTheOrder() {
    history.wrote(1, 0, 20);
    history.wrote(2, 0, 20);
    history.read(1, 1, 2);
    history.read(2, 3, 4);
    history.read(1, 5, 6);
    isWrong();
  }

  /** The fast answer is the same as that of trying all orders. */
  @Test
  void agreesWithTryingEverything() {
    SplittableRandom random = new SplittableRandom(7);
    int wrong = 0;
    for (int round = 0; round < 3_000; round++) {
      RegisterHistory tried = new RegisterHistory();
      List<long[]> all = new ArrayList<>();
      int writes = 1 + random.nextInt(3);
      for (int value = 1; value <= writes; value++) {
        long begin = random.nextInt(12);
        boolean open = random.nextInt(4) == 0;
        long end = open ? RegisterHistory.OPEN : begin + 1 + random.nextInt(8);
        tried.wrote(value, 2 * begin, open ? end : 2 * end + 1);
        all.add(new long[] {1, value, 2 * begin, open ? end : 2 * end + 1});
      }
      for (int reads = random.nextInt(4); reads > 0; reads--) {
        long begin = random.nextInt(12);
        long end = begin + 1 + random.nextInt(5);
        long value = random.nextInt(writes + 1);
        tried.read(value, 2 * begin, 2 * end + 1);
        all.add(new long[] {0, value, 2 * begin, 2 * end + 1});
      }
      boolean fine = someOrder(all, new boolean[all.size()], Registers.NOTHING);
      assertThat(tried.violation().isEmpty()).as("round " + round).isEqualTo(fine);
      wrong += fine ? 0 : 1;
    }
    assertThat(wrong).isBetween(300, 2_700);
  }

  private static boolean someOrder(List<long[]> all, boolean[] taken, long value) {
    long firstEnd = RegisterHistory.OPEN;
    boolean done = true;
    for (int i = 0; i < all.size(); i++) {
      if (!taken[i]) {
        firstEnd = Math.min(firstEnd, all.get(i)[3]);
        done &= all.get(i)[3] == RegisterHistory.OPEN;
      }
    }
    if (done) {
      return true;
    }
    for (int i = 0; i < all.size(); i++) {
      long[] next = all.get(i);
      if (!taken[i] && next[2] <= firstEnd && (next[0] == 1 || next[1] == value)) {
        taken[i] = true;
        boolean works = someOrder(all, taken, next[0] == 1 ? next[1] : value);
        taken[i] = false;
        if (works) {
          return true;
        }
      }
    }
    return false;
  }
}
