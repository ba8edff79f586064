package scriptorium.engine.machine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Instructions of every public method of {@link Assembler}, found by reflection: text in Intel's
 * syntax as GNU as reads it, and the bytes that the assembler gives.
 *
 * <p>Registers come in classes that an encoding tells apart (numbers below 8, 8 to 15, 16 to 31).
 * An instruction gets every combination of classes for each width that it has; the members of a
 * class take turns. Addresses get every base with a form of its own, index and scale, and
 * displacements on both sides of each limit; registers take turns beside them.
 *
 * <p>{@code main} prints the texts, from which {@code make_encodings.py} makes the table.
 */
final class Encodings {
  /** Methods that write no instruction, or one that needs a label, see {@link #addJumps}. */
  private static final Set<String> OTHERS =
      Set.of("code", "size", "place", "align", "jump", "equals", "hashCode", "toString");

  /** Methods whose vectors have one width alone, or no 512 bits. */
  private static final Map<String, List<Integer>> WIDTHS =
      Map.ofEntries(
          Map.entry("vhaddps", List.of(128, 256)),
          Map.entry("vblendvps", List.of(128, 256)),
          Map.entry("vcmpps", List.of(128, 256)),
          Map.entry("vcmpps to a mask", List.of(512)),
          Map.entry("vmovups under a mask", List.of(512)),
          Map.entry("vmaskmovps", List.of(128, 256)),
          Map.entry("vmovd", List.of(128)),
          Map.entry("vblendmps", List.of(512)),
          Map.entry("vextractf128", List.of(256)),
          Map.entry("vextractf64x4", List.of(512)),
          Map.entry("vmovmskps", List.of(128, 256)));

  /** Methods that have no EVEX form here, so no registers above 15. */
  private static final Set<String> VEX_ONLY =
      Set.of("vhaddps", "vblendvps", "vcmpps", "vextractf128", "vmaskmovps", "vmovmskps");

  private static final int[] NUMBERS = {
    0, 1, -1, 127, 128, -128, -129, 4096, Integer.MAX_VALUE, Integer.MIN_VALUE
  };
  private static final Map<String, int[]> IMMEDIATES =
      Map.of(
          "shl", new int[] {0, 1, 2, 31, 32, 63},
          "shr", new int[] {0, 1, 2, 31, 32, 63},
          "vpslld", new int[] {0, 1, 23, 31},
          "vpsrld", new int[] {0, 1, 23, 31},
          "vpsrad", new int[] {0, 1, 23, 31},
          "vshufps", new int[] {0, 0x4E, 0x80, 0xFF});

  /** Limits of a byte, counted in 1, 4, 8, 16, 32 and 64 bytes, and of 32 bits. */
  private static final int[] DISPLACEMENTS = {
    0,
    1,
    4,
    8,
    60,
    64,
    65,
    -64,
    -60,
    127,
    128,
    -128,
    -129,
    508,
    512,
    -512,
    -516,
    1016,
    1024,
    -1024,
    -1032,
    2032,
    2048,
    -2048,
    -2064,
    4064,
    4096,
    -4096,
    -4128,
    8128,
    8192,
    -8192,
    -8256,
    1000,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE
  };

  private static final GeneralRegister[][] GENERAL = {
    {
      GeneralRegister.RAX,
      GeneralRegister.RDI,
      GeneralRegister.RCX,
      GeneralRegister.RSP,
      GeneralRegister.RBX,
      GeneralRegister.RBP,
      GeneralRegister.RSI,
      GeneralRegister.RDX
    },
    {
      GeneralRegister.R8,
      GeneralRegister.R15,
      GeneralRegister.R12,
      GeneralRegister.R13,
      GeneralRegister.R9,
      GeneralRegister.R10,
      GeneralRegister.R11,
      GeneralRegister.R14
    }
  };
  private static final int[][] VECTORS = {{0, 7, 3}, {8, 15, 12}, {16, 31, 21}};

  private final Map<String, String> bytes = new TreeMap<>();

  /** How often each class has been used, by parameter. */
  private final Map<List<Object>, Integer> turns = new HashMap<>();

  /** How many parts of addresses have been chosen. */
  private int turn;

  private Encodings() {}

  /** Bytes in hexadecimal by text. */
  static Map<String, String> all() {
    Encodings all = new Encodings();
    List<Method> methods = new ArrayList<>(Arrays.asList(Assembler.class.getDeclaredMethods()));
    methods.removeIf(
        method -> !Modifier.isPublic(method.getModifiers()) || OTHERS.contains(method.getName()));
    methods.sort(Comparator.comparing(Encodings::name).thenComparing(Method::toString));
    for (Method method : methods) {
      for (int bits : widths(method)) {
        all.add(method, bits);
      }
    }
    all.addJumps();
    all.addFillers();
    return all.bytes;
  }

  /** Prints the texts. */
  public static void main(String[] args) {
    all().keySet().forEach(System.out::println);
  }

  // ---- what an instruction is

  /** The method's name, made distinct where two methods of a name have different widths. */
  private static String name(Method method) {
    String name = method.getName();
    if (!Arrays.asList(method.getParameterTypes()).contains(MaskRegister.class)) {
      return name;
    }
    return name.equals("vcmpps")
        ? name + " to a mask"
        : name.equals("vmovups") ? name + " under a mask" : name;
  }

  private static List<Integer> widths(Method method) {
    if (!Arrays.asList(method.getParameterTypes()).contains(VectorRegister.class)) {
      return List.of(0);
    }
    if (method.getName().endsWith("ss") && !method.getName().equals("vbroadcastss")) {
      return List.of(128);
    }
    return WIDTHS.getOrDefault(name(method), List.of(128, 256, 512));
  }

  /** Bits of the vector that is the parameter with this number. */
  private static int bits(Method method, int parameter, int bits) {
    boolean narrow =
        method.getName().startsWith("vextract") && parameter == 0
            || method.getName().equals("vbroadcastss") && parameter == 1;
    return !narrow ? bits : method.getName().equals("vbroadcastss") ? 128 : bits / 2;
  }

  private static String text(Method method, Object[] operands) {
    StringJoiner list = new StringJoiner(", ", " ", "").setEmptyValue("");
    String name = method.getName();
    String mask = "";
    for (Object operand : operands) {
      if (operand instanceof Condition condition) {
        name += condition;
      } else if (operand instanceof Comparison comparison) {
        name = "vcmp" + comparison + "ps";
      } else if (operand instanceof MaskRegister && !name.equals("vcmpps")) {
        mask = "{" + operand + "}";
      } else if (Set.of("mov32", "vmovd", "vmovmskps").contains(name)
          && operand instanceof GeneralRegister register) {
        list.add(lower(register));
      } else {
        list.add(operand.toString());
      }
    }
    String text = name.replace("mov32", "mov") + list;
    if (!mask.isEmpty()) {
      text = text.replaceFirst(",", mask + ",");
    }
    return text + (name.startsWith("vextract") ? ", 1" : "");
  }

  /** The name of a register's lower 32 bits. */
  private static String lower(GeneralRegister register) {
    return register.number() < 8 ? "e" + register.toString().substring(1) : register + "d";
  }

  // ---- what is tried

  private void add(Method method, int bits) {
    turn = 0; // so that a new method changes no other's rows
    turns.clear();
    List<Object[]> combinations = new ArrayList<>();
    combine(method, new Object[method.getParameterCount()], 0, combinations);
    int memory = Arrays.asList(method.getParameterTypes()).indexOf(Address.class);
    if (memory < 0) {
      combinations.forEach(combination -> add(method, operands(method, bits, combination)));
      return;
    }
    List<Address> addresses = addresses();
    for (int i = 0; i < Math.max(combinations.size(), addresses.size()); i++) {
      Object[] operands = operands(method, bits, combinations.get(i % combinations.size()));
      operands[memory] = addresses.get(i % addresses.size());
      add(method, operands);
    }
    if (bits == 128 || bits == 256) { // the limits of displacements once more, counted by EVEX
      for (Address address : displacements()) {
        Object[] operands = operands(method, bits, combinations.getLast());
        operands[memory] = address;
        add(method, operands);
      }
    }
  }

  private void add(Method method, Object[] operands) {
    add(text(method, operands), code -> call(method, code, operands));
  }

  private void add(String text, Consumer<Assembler> writer) {
    Assembler code = new Assembler();
    writer.accept(code);
    bytes.put(text, HexFormat.of().formatHex(code.code()));
  }

  static void call(Method method, Assembler code, Object... operands) {
    try {
      method.invoke(code, operands);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(text(method, operands) + ": " + e.getCause(), e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every combination of classes of registers and of other operands. */
  private static void combine(
      Method method, Object[] chosen, int parameter, List<Object[]> combinations) {
    if (parameter == chosen.length) {
      combinations.add(chosen.clone());
      return;
    }
    for (Object choice : choices(method, parameter)) {
      chosen[parameter] = choice;
      combine(method, chosen, parameter + 1, combinations);
    }
  }

  /** The next member of each class. */
  private Object[] operands(Method method, int bits, Object[] combination) {
    Object[] operands = new Object[combination.length];
    for (int i = 0; i < operands.length; i++) {
      int member = turns.merge(List.of(i, combination[i]), 1, Integer::sum) + i;
      operands[i] =
          switch (combination[i]) {
            case GeneralRegister[] members -> members[member % members.length];
            case int[] numbers ->
                new VectorRegister(numbers[member % numbers.length], bits(method, i, bits));
            default -> combination[i];
          };
    }
    return operands;
  }

  private static List<?> choices(Method method, int parameter) {
    Class<?> type = method.getParameterTypes()[parameter];
    if (type == VectorRegister.class) {
      int classes = VEX_ONLY.contains(name(method)) ? 2 : 3;
      return List.of(VECTORS).subList(0, classes);
    }
    if (type == GeneralRegister.class) {
      // With no other register to combine with, each of them.
      return method.getParameterCount() == 1
          ? List.of(GeneralRegister.values())
          : List.of(GENERAL[0], GENERAL[1], GENERAL[0], GENERAL[1]);
    }
    if (type == int.class) {
      return Arrays.stream(IMMEDIATES.getOrDefault(method.getName(), NUMBERS)).boxed().toList();
    }
    if (type == long.class) {
      return List.of(0L, 1L, -1L, 1L << 31, 0x123456789ABCDEFL, Long.MAX_VALUE, Long.MIN_VALUE);
    }
    if (type.isEnum()) {
      return List.of(type.getEnumConstants());
    }
    if (type == Address.class) {
      return Collections.singletonList("address");
    }
    throw new IllegalStateException("Operands of " + type + " are unknown here: add them");
  }

  private List<Address> addresses() {
    List<Address> addresses = displacements();
    for (GeneralRegister base : GeneralRegister.values()) {
      addresses.add(Address.at(base));
      addresses.add(Address.at(base, 64));
      addresses.add(Address.at(base, -1000));
    }
    GeneralRegister[][] bases = {
      GENERAL[0],
      GENERAL[1],
      {GeneralRegister.RSP, GeneralRegister.R12},
      {GeneralRegister.RBP, GeneralRegister.R13}
    };
    for (GeneralRegister[] base : bases) {
      for (GeneralRegister[] index : GENERAL) {
        for (int scale = 1; scale <= 8; scale *= 2) {
          GeneralRegister indexed = index[turn++ % index.length];
          addresses.add(
              new Address(
                  base[turn++ % base.length],
                  indexed == GeneralRegister.RSP ? GeneralRegister.RBP : indexed,
                  scale,
                  DISPLACEMENTS[turn++ % DISPLACEMENTS.length]));
        }
      }
    }
    return addresses;
  }

  private List<Address> displacements() {
    List<Address> addresses = new ArrayList<>();
    for (int displacement : DISPLACEMENTS) {
      GeneralRegister[] bases = GENERAL[turn++ & 1];
      addresses.add(Address.at(bases[turn++ % bases.length], displacement));
    }
    return addresses;
  }

  /** Jumps to places before and behind them, over some instructions of a byte each. */
  private void addJumps() {
    for (GeneralRegister register : GeneralRegister.values()) {
      add("jmp " + register, code -> code.jump(register));
    }
    for (int distance : new int[] {0, 1, 27, 200, 100_000}) {
      addJump("jmp", distance, Assembler::jump);
      for (Condition condition : Condition.values()) {
        addJump("j" + condition, distance, (code, label) -> code.jump(condition, label));
      }
    }
  }

  private interface Jump {
    void write(Assembler code, Label label);
  }

  private void addJump(String name, int distance, Jump jump) {
    Assembler code = new Assembler();
    Label behind = new Label();
    jump.write(code, behind);
    int length = code.size();
    rets(code, distance);
    code.place(behind);
    String hex = HexFormat.of().formatHex(code.code(), 0, length);
    bytes.put("{disp32} " + name + " .+" + (length + distance), hex);

    code = new Assembler();
    Label before = new Label();
    code.place(before);
    rets(code, distance);
    jump.write(code, before);
    hex = HexFormat.of().formatHex(code.code(), distance, distance + length);
    bytes.put("{disp32} " + name + " .-" + distance, hex);
  }

  private static void rets(Assembler code, int count) {
    for (int i = 0; i < count; i++) {
      code.ret();
    }
  }

  /** What {@link Assembler#align} fills with, for 1 to 9 bytes and twice for more. */
  private void addFillers() {
    String[] texts = {
      "nop",
      "xchg ax, ax",
      "nop dword ptr [rax]",
      "{disp8} nop dword ptr [rax]",
      "{disp8} nop dword ptr [rax+rax*1]",
      "{disp8} nop word ptr [rax+rax*1]",
      "{disp32} nop dword ptr [rax]",
      "{disp32} nop dword ptr [rax+rax*1]",
      "{disp32} nop word ptr [rax+rax*1]"
    };
    for (int missing = 1; missing <= 15; missing++) {
      Assembler code = new Assembler();
      rets(code, 16 - missing);
      code.align(16);
      int first = Math.min(missing, 9);
      String text = texts[first - 1] + (missing > 9 ? "; " + texts[missing - 10] : "");
      bytes.put(text, HexFormat.of().formatHex(code.code(), 16 - missing, 16));
    }
  }
}
