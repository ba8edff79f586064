package scriptorium.engine.sampling;

import java.io.Serializable;

/**
 * The distribution that a token is drawn from. What is on is applied in this order, that of
 * transformers' processors and warpers: repetition penalty, n-gram block and least length on the
 * logits; then temperature, top-k, top-p, min-p and typical-p.
 *
 * @param temperature divides the logits: 0, which takes the likeliest token, lowest id first, or
 *     {@link #LEAST_TEMPERATURE} to 1000
 * @param topK keeps every logit that is at least the k-th largest (Fan et al. 2018; ties stay); 0
 *     keeps all
 * @param topPLow smallest probability mass kept (Holtzman et al. 2020); 1 keeps all
 * @param topPHigh largest mass kept: equal to topPLow for a fixed top-p, else each row draws its
 *     own between them (stream 1)
 * @param minP keeps the tokens of at least this share of the likeliest one's probability (Nguyen et
 *     al. 2025); 0 keeps all
 * @param typicalP keeps the tokens whose ln p is nearest to minus the entropy until their mass
 *     reaches this (Meister et al. 2023; ties stay); 1 keeps all
 * @param repetitionPenalty divides the positive logits and multiplies the negative ones of the
 *     tokens of prompt and sample (Keskar et al. 2019); 1 for none
 * @param noRepeatNgram bans tokens that would end an n-gram which prompt and sample have already
 *     (Paulus et al. 2018); 0 for none
 * @param minNewTokens tokens before which the end token is not drawn; 0 for none
 */
public record SamplingConfig(
    double temperature,
    int topK,
    double topPLow,
    double topPHigh,
    double minP,
    double typicalP,
    double repetitionPenalty,
    int noRepeatNgram,
    int minNewTokens)
    implements Serializable {
  /** The model's own distribution. */
  public static final SamplingConfig PLAIN = new SamplingConfig(1, 0, 1, 1, 0, 1, 1, 0, 0);

  /**
   * The least temperature above 0: 2^-104, about 4.93e-32. Logits are divided by the temperature in
   * f32, whose values end below 2^128, so that every logit below 2^24 in size stays finite. Logits
   * of 2^24 and more lie at least 2 apart in f32 and would tell no probabilities; those of GPT-2
   * are below 2^10. Nothing is lost below it: at 2^-104, a token whose logit is 2^-97 below the
   * largest one has a quotient 128 lower, and with it no weight left, as at temperature 0.
   */
  public static final double LEAST_TEMPERATURE = 0x1p-104;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException for one that is out of its range: temperature 0 or {@link
   *     #LEAST_TEMPERATURE}..1000, top-p and typical-p (0, 1], min-p 0..1, repetition penalty
   *     0.01..100, counts from 0
   */
  public SamplingConfig {
    check(
        temperature >= 0 && temperature <= 1000,
        "Temperature " + temperature + " is not in 0..1000: give 1 for the model's own");
    check(
        temperature == 0 || temperature >= LEAST_TEMPERATURE,
        "Temperature "
            + temperature
            + " is below "
            + LEAST_TEMPERATURE
            + ", and logits divided by it overflow: give 0 for the likeliest token");
    check(topK >= 0, "Top-k " + topK + " is negative: leave it out to keep every token");
    check(
        topPLow > 0 && topPLow <= topPHigh && topPHigh <= 1,
        "Top-p "
            + (topPLow == topPHigh ? topPLow : topPLow + ".." + topPHigh)
            + " is not within (0, 1]: give 1 to keep every token");
    check(minP >= 0 && minP <= 1, "Min-p " + minP + " is not in 0..1: give 0 to keep every token");
    check(
        typicalP > 0 && typicalP <= 1,
        "Typical-p " + typicalP + " is not within (0, 1]: give 1 to keep every token");
    check(
        repetitionPenalty >= 0.01 && repetitionPenalty <= 100,
        "Repetition penalty " + repetitionPenalty + " is not in 0.01..100: give 1 for none");
    check(
        noRepeatNgram >= 0,
        "No-repeat n-gram " + noRepeatNgram + " is negative: give 0 to let every one repeat");
    check(
        minNewTokens >= 0, "Min new tokens " + minNewTokens + " is negative: give 0 for no least");
  }

  private static void check(boolean good, String message) {
    if (!good) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Whether each row draws its own top-p. */
  public boolean topPDrawn() {
    return topPLow < topPHigh;
  }

  /** Whether tokens are cut by more than top-k and top-p. */
  boolean cutsFurther() {
    return minP > 0 || typicalP < 1;
  }

  /** Whether logits are changed before they are cut: what came before then matters. */
  public boolean adjustsLogits() {
    return repetitionPenalty != 1 || noRepeatNgram > 0 || minNewTokens > 0;
  }

  /** These settings with another temperature. */
  public SamplingConfig withTemperature(double value) {
    return new SamplingConfig(
        value,
        topK,
        topPLow,
        topPHigh,
        minP,
        typicalP,
        repetitionPenalty,
        noRepeatNgram,
        minNewTokens);
  }

  /** These settings with another top-k. */
  public SamplingConfig withTopK(int value) {
    return new SamplingConfig(
        temperature,
        value,
        topPLow,
        topPHigh,
        minP,
        typicalP,
        repetitionPenalty,
        noRepeatNgram,
        minNewTokens);
  }

  /** These settings with another top-p, drawn per row where the ends differ. */
  public SamplingConfig withTopP(double low, double high) {
    return new SamplingConfig(
        temperature,
        topK,
        low,
        high,
        minP,
        typicalP,
        repetitionPenalty,
        noRepeatNgram,
        minNewTokens);
  }

  /** These settings with another min-p. */
  public SamplingConfig withMinP(double value) {
    return new SamplingConfig(
        temperature,
        topK,
        topPLow,
        topPHigh,
        value,
        typicalP,
        repetitionPenalty,
        noRepeatNgram,
        minNewTokens);
  }

  /** These settings with another typical-p. */
  public SamplingConfig withTypicalP(double value) {
    return new SamplingConfig(
        temperature,
        topK,
        topPLow,
        topPHigh,
        minP,
        value,
        repetitionPenalty,
        noRepeatNgram,
        minNewTokens);
  }

  /** These settings with another repetition penalty. */
  public SamplingConfig withRepetitionPenalty(double value) {
    return new SamplingConfig(
        temperature, topK, topPLow, topPHigh, minP, typicalP, value, noRepeatNgram, minNewTokens);
  }

  /** These settings with n-grams of another length blocked. */
  public SamplingConfig withNoRepeatNgram(int value) {
    return new SamplingConfig(
        temperature,
        topK,
        topPLow,
        topPHigh,
        minP,
        typicalP,
        repetitionPenalty,
        value,
        minNewTokens);
  }

  /** These settings with another least length. */
  public SamplingConfig withMinNewTokens(int value) {
    return new SamplingConfig(
        temperature,
        topK,
        topPLow,
        topPHigh,
        minP,
        typicalP,
        repetitionPenalty,
        noRepeatNgram,
        value);
  }
}
