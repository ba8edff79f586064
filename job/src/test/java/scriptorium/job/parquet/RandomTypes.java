package scriptorium.job.parquet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/** Random types, nested, and random values of them with what these are in JSON. */
final class RandomTypes {
  private static final List<TypeTable.Column> LEAVES =
      TypeTable.columns().stream().filter(column -> !column.values().isEmpty()).toList();
  private static final List<TypeTable.Column> KEYS =
      LEAVES.stream().filter(column -> column.type().isPrimitive()).toList();

  private final Random random;

  RandomTypes(long seed) {
    random = new Random(seed);
  }

  /** A type, and how a value of it is added to a group. */
  interface Node {
    Type named(String name, Repetition repetition);

    /** Adds one value to a field and returns it in JSON. */
    String add(Group group, int field);
  }

  /** A node under a name with a repetition. */
  record Field(Node node, Type type) {}

  Node node(int depth) {
    if (depth == 0 || random.nextInt(3) == 0) {
      return new Leaf(LEAVES.get(random.nextInt(LEAVES.size())));
    }
    return switch (random.nextInt(4)) {
      case 0 -> new Struct(depth);
      case 1 -> new ThreeLevels(field("element", depth - 1, false));
      case 2 -> new TwoLevels(new Struct(depth), random.nextBoolean());
      default -> new Pairs(depth);
    };
  }

  Field field(String name, int depth, boolean mayRepeat) {
    Node node = node(depth);
    int choice = random.nextInt(mayRepeat ? 8 : 7);
    Repetition repetition =
        choice == 7 ? Repetition.REPEATED : choice < 5 ? Repetition.OPTIONAL : Repetition.REQUIRED;
    return new Field(node, node.named(name, repetition));
  }

  /** Adds what a field holds, which may be null, and returns it in JSON. */
  String fill(Field field, Group group, int index) {
    return switch (field.type().getRepetition()) {
      case OPTIONAL -> random.nextInt(4) == 0 ? "null" : field.node().add(group, index);
      case REQUIRED -> field.node().add(group, index);
      case REPEATED -> {
        StringJoiner all = new StringJoiner(",", "[", "]");
        for (int i = random.nextInt(4); i > 0; i--) {
          all.add(field.node().add(group, index));
        }
        yield all.toString();
      }
    };
  }

  private static Type renamed(Type type, String name, Repetition repetition) {
    if (type.isPrimitive()) {
      PrimitiveType primitive = type.asPrimitiveType();
      return Types.primitive(primitive.getPrimitiveTypeName(), repetition)
          .length(primitive.getTypeLength())
          .as(type.getLogicalTypeAnnotation())
          .named(name);
    }
    return group(type.getLogicalTypeAnnotation(), type.asGroupType().getFields(), name, repetition);
  }

  private static GroupType group(
      LogicalTypeAnnotation logical, List<Type> fields, String name, Repetition repetition) {
    return Types.buildGroup(repetition)
        .as(logical)
        .addFields(fields.toArray(Type[]::new))
        .named(name);
  }

  private final class Leaf implements Node {
    private final TypeTable.Column column;

    Leaf(TypeTable.Column column) {
      this.column = column;
    }

    @Override
    public Type named(String name, Repetition repetition) {
      return renamed(column.type(), name, repetition);
    }

    @Override
    public String add(Group group, int field) {
      return add(group, field, random.nextInt(column.values().size()));
    }

    private String add(Group group, int field, int value) {
      column.values().get(value).addTo(group, field);
      return column.values().get(value).json();
    }
  }

  private final class Struct implements Node {
    private final List<Field> fields = new ArrayList<>();

    /** Of two fields at least: lists have another meaning for groups of one. */
    Struct(int depth) {
      for (int i = random.nextInt(3) + 1; i >= 0; i--) {
        fields.add(field("f" + i, depth - 1, true));
      }
    }

    @Override
    public Type named(String name, Repetition repetition) {
      return group(null, fields.stream().map(Field::type).toList(), name, repetition);
    }

    @Override
    public String add(Group group, int field) {
      Group inner = group.addGroup(field);
      StringJoiner all = new StringJoiner(",", "{", "}");
      for (int i = 0; i < fields.size(); i++) {
        all.add("\"" + fields.get(i).type().getName() + "\":" + fill(fields.get(i), inner, i));
      }
      return all.toString();
    }
  }

  private final class ThreeLevels implements Node {
    private final Field element;

    ThreeLevels(Field element) {
      this.element = element;
    }

    @Override
    public Type named(String name, Repetition repetition) {
      Type list = group(null, List.of(element.type()), "list", Repetition.REPEATED);
      return group(LogicalTypeAnnotation.listType(), List.of(list), name, repetition);
    }

    @Override
    public String add(Group group, int field) {
      Group list = group.addGroup(field);
      StringJoiner all = new StringJoiner(",", "[", "]");
      for (int i = random.nextInt(4); i > 0; i--) {
        all.add(fill(element, list.addGroup(0), 0));
      }
      return all.toString();
    }
  }

  private final class TwoLevels implements Node {
    private final Node element;
    private final String name;

    TwoLevels(Node struct, boolean leaf) {
      element = leaf ? new Leaf(KEYS.get(random.nextInt(KEYS.size()))) : struct;
      name = random.nextBoolean() ? "array" : "item";
    }

    @Override
    public Type named(String list, Repetition repetition) {
      return group(
          LogicalTypeAnnotation.listType(),
          List.of(element.named(name, Repetition.REPEATED)),
          list,
          repetition);
    }

    @Override
    public String add(Group group, int field) {
      Group list = group.addGroup(field);
      StringJoiner all = new StringJoiner(",", "[", "]");
      for (int i = random.nextInt(4); i > 0; i--) {
        all.add(element.add(list, 0));
      }
      return all.toString();
    }
  }

  private final class Pairs implements Node {
    private final Leaf key = new Leaf(KEYS.get(random.nextInt(KEYS.size())));
    private final Field value;

    Pairs(int depth) {
      value = field("value", depth - 1, false);
    }

    @Override
    public Type named(String name, Repetition repetition) {
      Type pair =
          group(
              null,
              List.of(key.named("key", Repetition.REQUIRED), value.type()),
              "key_value",
              Repetition.REPEATED);
      return group(LogicalTypeAnnotation.mapType(), List.of(pair), name, repetition);
    }

    @Override
    public String add(Group group, int field) {
      Group map = group.addGroup(field);
      Map<String, String> all = new LinkedHashMap<>();
      for (int i = 0; i < key.column.values().size(); i++) {
        if (random.nextBoolean()) {
          Group pair = map.addGroup(0);
          String json = key.add(pair, 0, i);
          all.put(json.startsWith("\"") ? json : "\"" + json + "\"", fill(value, pair, 1));
        }
      }
      StringJoiner object = new StringJoiner(",", "{", "}");
      all.forEach((name, json) -> object.add(name + ":" + json));
      return object.toString();
    }
  }
}
