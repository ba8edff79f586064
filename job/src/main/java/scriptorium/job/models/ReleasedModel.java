package scriptorium.job.models;

import java.util.List;
import java.util.stream.Collectors;
import scriptorium.engine.model.Gpt2Config;
import scriptorium.job.base.UserException;

/**
 * A model that OpenAI released.
 *
 * @param name its size, as it is called today
 * @param repository its name on the Hugging Face hub
 * @param config its shape
 */
public record ReleasedModel(String name, String repository, Gpt2Config config) {
  private static final List<ReleasedModel> ALL =
      List.of(
          released("124M", "gpt2", 768, 12, 12),
          released("355M", "gpt2-medium", 1024, 24, 16),
          released("774M", "gpt2-large", 1280, 36, 20),
          released("1558M", "gpt2-xl", 1600, 48, 25));

  private static ReleasedModel released(
      String name, String repository, int size, int layers, int heads) {
    return new ReleasedModel(
        name, repository, new Gpt2Config(50_257, 1024, size, layers, heads, 1e-5f));
  }

  /**
   * The model of a name.
   *
   * @throws UserException where none was released under it
   */
  public static ReleasedModel find(String name) {
    return ALL.stream()
        .filter(model -> model.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    (name.isBlank()
                            ? "The model's name is empty: give "
                            : "Model " + name + " was not released: give ")
                        + ALL.stream().map(ReleasedModel::name).collect(Collectors.joining(", "))));
  }

  /** The files of a source, with what is known of each. */
  public List<KnownFile> files(Source source) {
    return source.files().stream().map(file -> KnownFile.of(source, name, file)).toList();
  }

  /** An address in which names stand for {@code {model}} and {@code {repository}}. */
  String expand(String base) {
    String address = base.replace("{model}", name).replace("{repository}", repository);
    return address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
  }
}
