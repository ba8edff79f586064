package scriptorium.engine;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * What is public or protected in sources and has no comment, or one of tags alone. Overrides have
 * that of what they override; annotated fields, and constants of enums that have arguments, say
 * there what they are.
 */
public final class ApiDocs {
  private ApiDocs() {}

  /** Names of the members without a comment, of all sources under a folder. */
  public static List<String> missing(Path folder) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.walk(folder)) {
      List<Path> java = sources.filter(file -> file.toString().endsWith(".java")).sorted().toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(java));
      List<String> missing = new ArrayList<>();
      for (CompilationUnitTree unit : task.parse()) {
        new Members(DocTrees.instance(task), unit, missing).scan(unit, "");
      }
      return missing;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Goes through what is visible; the argument is the name of the class around. */
  private static final class Members extends TreePathScanner<Void, String> {
    private static final Set<Tree.Kind> ALL_PUBLIC =
        Set.of(Tree.Kind.INTERFACE, Tree.Kind.ANNOTATION_TYPE);

    private final DocTrees docs;
    private final CompilationUnitTree unit;
    private final List<String> missing;

    Members(DocTrees docs, CompilationUnitTree unit, List<String> missing) {
      this.docs = docs;
      this.unit = unit;
      this.missing = missing;
    }

    @Override
    public Void visitClass(ClassTree type, String outer) {
      if (!visible(type.getModifiers())) {
        return null;
      }
      String name =
          outer.isEmpty() ? type.getSimpleName().toString() : outer + "." + type.getSimpleName();
      check(name);
      return super.visitClass(type, name);
    }

    @Override
    public Void visitMethod(MethodTree method, String type) {
      boolean overrides =
          method.getModifiers().getAnnotations().stream()
              .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
      if (visible(method.getModifiers()) && !overrides) {
        check(type + "." + method.getName());
      }
      return null;
    }

    @Override
    public Void visitVariable(VariableTree field, String type) {
      boolean said =
          !field.getModifiers().getAnnotations().isEmpty()
              || getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.ENUM
                  && field.getInitializer() instanceof NewClassTree constant
                  && !constant.getArguments().isEmpty();
      if (visible(field.getModifiers()) && !said) {
        check(type + "." + field.getName());
      }
      return null;
    }

    private boolean visible(ModifiersTree modifiers) {
      Set<Modifier> flags = modifiers.getFlags();
      Tree parent = getCurrentPath().getParentPath().getLeaf();
      return flags.contains(Modifier.PUBLIC)
          || flags.contains(Modifier.PROTECTED)
          || ALL_PUBLIC.contains(parent.getKind()) && !flags.contains(Modifier.PRIVATE);
    }

    private void check(String name) {
      var comment = docs.getDocCommentTree(getCurrentPath());
      if (comment == null || comment.getFullBody().isEmpty()) {
        missing.add(unit.getPackageName() + "." + name);
      }
    }
  }
}
