package scriptorium.job.base;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;

/**
 * What a function makes of elements, one after the other as they are asked for; where it makes
 * null, nothing. Used by one thread.
 */
public final class MappedIterator<S, T> implements Iterator<T> {
  private final Iterator<S> elements;
  private final Function<S, T> function;
  private T next;

  /** The elements of an iterator through a function. */
  public MappedIterator(Iterator<S> elements, Function<S, T> function) {
    this.elements = elements;
    this.function = function;
  }

  @Override
  public boolean hasNext() {
    while (next == null && elements.hasNext()) {
      next = function.apply(elements.next());
    }
    return next != null;
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("There are no more rows");
    }
    T given = next;
    next = null;
    return given;
  }
}
