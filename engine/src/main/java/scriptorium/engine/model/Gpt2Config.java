package scriptorium.engine.model;

import java.io.Serializable;

/**
 * Shape of a GPT-2 model.
 *
 * @param vocabSize number of token ids (n_vocab, vocab_size)
 * @param contextLength positions that the model was trained for (n_ctx, n_positions)
 * @param embeddingSize width of the residual stream (n_embd)
 * @param numLayers transformer blocks (n_layer)
 * @param numHeads attention heads a block (n_head)
 * @param layerNormEpsilon added to the variance in layer norms
 * @param mlpSize width of the hidden layer of the MLP (n_inner)
 * @param tiedHead the language-model head is the token embedding, not a matrix of its own
 * @param layerScaledAttention attention scores are also divided by the layer's number, from 1
 *     (scale_attn_by_inverse_layer_idx, of Mistral's GPT-2s: Karamcheti et al. 2021)
 */
public record Gpt2Config(
    int vocabSize,
    int contextLength,
    int embeddingSize,
    int numLayers,
    int numHeads,
    float layerNormEpsilon,
    int mlpSize,
    boolean tiedHead,
    boolean layerScaledAttention)
    implements Serializable {
  /**
   * Checks the shape.
   *
   * @throws IllegalArgumentException for a size that is not positive or beyond any model's, heads
   *     that do not divide the embedding size, or an epsilon that is not in (0, 1)
   */
  public Gpt2Config {
    check("vocabSize", vocabSize, 1 << 24);
    check("contextLength", contextLength, 1 << 20);
    check("embeddingSize", embeddingSize, 1 << 16);
    check("numLayers", numLayers, 1 << 12);
    check("numHeads", numHeads, 1 << 12);
    check("mlpSize", mlpSize, 1 << 18);
    if (embeddingSize % numHeads != 0) {
      throw new IllegalArgumentException(
          "embeddingSize "
              + embeddingSize
              + " is no multiple of numHeads "
              + numHeads
              + ": correct n_embd or n_head");
    }
    if (!(layerNormEpsilon > 0 && layerNormEpsilon < 1)) {
      throw new IllegalArgumentException(
          "layerNormEpsilon " + layerNormEpsilon + " is not in (0, 1)");
    }
  }

  /**
   * The shape of the released models: an MLP four times as wide as the embedding, a tied head,
   * attention of one scale.
   */
  public Gpt2Config(
      int vocabSize,
      int contextLength,
      int embeddingSize,
      int numLayers,
      int numHeads,
      float layerNormEpsilon) {
    this(
        vocabSize,
        contextLength,
        embeddingSize,
        numLayers,
        numHeads,
        layerNormEpsilon,
        4 * embeddingSize,
        true,
        false);
  }

  /** The same shape with a head that is tied or not. */
  public Gpt2Config withTiedHead(boolean tied) {
    return new Gpt2Config(
        vocabSize,
        contextLength,
        embeddingSize,
        numLayers,
        numHeads,
        layerNormEpsilon,
        mlpSize,
        tied,
        layerScaledAttention);
  }

  private static void check(String name, int value, int limit) {
    if (value < 1 || value > limit) {
      throw new IllegalArgumentException(name + " " + value + " is not in 1.." + limit);
    }
  }

  /**
   * Floating-point operations of the matrix products and the attention of a row whose logits are
   * wanted, an addition and a multiplication counted as two.
   *
   * @param attended positions that it attends to, its own included
   */
  public long flops(int attended) {
    long size = embeddingSize;
    long block = 4 * size * size + 2 * size * mlpSize;
    return 2 * (numLayers * block + size * vocabSize) + 4L * attended * size * numLayers;
  }

  /** What a layer's products of queries and keys are multiplied by; layers count from 0. */
  float attentionScale(int layer) {
    double divisor = layerScaledAttention ? layer + 1 : 1;
    return (float) (1 / Math.sqrt(headSize()) / divisor);
  }

  /** Width of one attention head. */
  public int headSize() {
    return embeddingSize / numHeads;
  }
}
