package scriptorium.engine.model;

/** Type in which keys and values are cached. It decides about results, unlike an engine's sizes. */
public enum CacheType {
  /** As computed. */
  F32,

  /**
   * IEEE binary16, rounded to the nearest: half the memory and half the memory traffic, for a small
   * loss.
   */
  F16
}
