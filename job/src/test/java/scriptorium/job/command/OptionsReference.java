package scriptorium.job.command;

import java.lang.reflect.Field;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import scriptorium.job.config.RunOptions;
import scriptorium.job.row.SamplingSetting;

/**
 * The reference of every option and preset key, as a Markdown page made of the commands' own
 * descriptions.
 */
final class OptionsReference {
  private final StringBuilder page = new StringBuilder();

  private OptionsReference() {}

  static String page() {
    OptionsReference reference = new OptionsReference();
    CommandSpec main = new CommandLine(new Scriptorium()).getCommandSpec();
    reference.page.append(
        """
        # Options and preset keys
        Made from the code by `OptionsReferenceTest`, which fails where this page is stale and writes it with `-Dreference.update=true`.
        A preset is a JSON file with the keys below (`--preset`); the command line wins over the preset, which wins over the default.

        Every command has:

        """);
    reference.table(main, true);
    reference.commands(main);
    return reference.page.toString();
  }

  private void commands(CommandSpec parent) {
    for (CommandLine line : parent.subcommands().values()) {
      CommandSpec command = line.getCommandSpec();
      page.append("\n## ").append(command.qualifiedName(" ")).append('\n');
      page.append(String.join(" ", command.usageMessage().description())).append('\n');
      if (command.args().stream().anyMatch(argument -> isShown(argument, false))) {
        page.append('\n');
        table(command, false);
      }
      commands(command);
    }
  }

  private void table(CommandSpec command, boolean ofAll) {
    boolean preset = command.findOption("--preset") != null;
    page.append(
        preset
            ? "| option | value | preset key | meaning |\n|---|---|---|---|\n"
            : "| option | value | meaning |\n|---|---|---|\n");
    for (ArgSpec argument : arguments(command)) {
      if (isShown(argument, ofAll)) {
        page.append("| ").append(name(argument)).append(" | ").append(value(argument));
        if (preset) {
          page.append(" | ").append(presetKey(argument));
        }
        page.append(" | ").append(cell(argument)).append(" |\n");
      }
    }
  }

  private static List<ArgSpec> arguments(CommandSpec command) {
    Comparator<ArgSpec> positionalFirst = Comparator.comparing(ArgSpec::isOption);
    return command.args().stream()
        .sorted(positionalFirst.thenComparing(OptionsReference::name))
        .toList();
  }

  private static boolean isShown(ArgSpec argument, boolean ofAll) {
    boolean inherited =
        argument.isOption()
            && (argument.inherited() || argument.scopeType() == CommandLine.ScopeType.INHERIT);
    boolean version = argument instanceof OptionSpec option && option.versionHelp();
    return !argument.hidden() && (ofAll ? inherited || version : !inherited);
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? "`" + String.join("`, `", option.names()) + "`"
        : "`" + argument.paramLabel().replace("|", "\\|") + "`";
  }

  private static String value(ArgSpec argument) {
    if (argument.arity().max() == 0 || !argument.isOption()) {
      return "";
    }
    String label = "`" + argument.paramLabel().replace("|", "\\|") + "`";
    if (argument.splitRegex() != null && !argument.splitRegex().isEmpty()) {
      return label + argument.splitRegex() + "...";
    }
    return argument.arity().max() > 1 || argument.isMultiValue() ? label + "..." : label;
  }

  private static String presetKey(ArgSpec argument) {
    if (argument.userObject() instanceof SamplingSetting setting) {
      return presetKey(setting.key(), setting.optionType());
    }
    if (!(argument.userObject() instanceof Field field)
        || !RunOptions.class.isAssignableFrom(field.getDeclaringClass())) {
      return "";
    }
    return presetKey(field.getName(), field.getType());
  }

  private static String presetKey(String name, Class<?> type) {
    String word =
        List.class.isAssignableFrom(type)
            ? "array of strings"
            : type.getSimpleName().toLowerCase(Locale.ROOT).replace("integer", "int");
    return "`" + name + "`, " + word;
  }

  private static String cell(ArgSpec argument) {
    return String.join(" ", argument.description())
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()))
        .replace("${COMPLETION-CANDIDATES}", candidates(argument))
        .replace("%%", "%")
        .replace("|", "\\|");
  }

  private static String candidates(ArgSpec argument) {
    return argument.completionCandidates() == null
        ? ""
        : String.join(", ", argument.completionCandidates());
  }
}
