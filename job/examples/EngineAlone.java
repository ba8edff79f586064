import java.nio.file.Path;
import java.util.List;
import scriptorium.engine.Engine;
import scriptorium.engine.EngineOptions;
import scriptorium.engine.Model;
import scriptorium.engine.ModelFolder;
import scriptorium.engine.Scorer;
import scriptorium.engine.ScoringConfig;
import scriptorium.engine.generation.GenerationConfig;
import scriptorium.engine.generation.Prompt;

/** The engine as a library, without Spark. Argument: a model's folder. */
void main(String[] args) throws Exception {
  try (ModelFolder folder = ModelFolder.open(Path.of(args[0]));
      Model model = Model.load(folder);
      Engine engine = new Engine(model, EngineOptions.DEFAULT)) {
    IO.println(new Scorer(engine, ScoringConfig.LIKELIHOODS).score("It was the best of times.").logLikelihood());

    // Temperature 1, top-k 40, top-p 1, 16 new tokens, seed 7.
    GenerationConfig settings = new GenerationConfig(1, 40, 1, 1, 16, 7, false);
    Prompt prompt = new Prompt(0, folder.tokenizer().encode("It was the best of"));
    engine.generate(
        List.of(prompt).iterator(),
        settings,
        sample -> IO.println(folder.tokenizer().decode(sample.tokens(), 0, sample.length())));
  }
}
