package scriptorium.engine.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static scriptorium.engine.machine.GeneralRegister.RAX;
import static scriptorium.engine.machine.GeneralRegister.RCX;
import static scriptorium.engine.machine.GeneralRegister.RSP;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions have the bytes that GNU as gives them, and what has no encoding is refused. */
class AssemblerTest {
  private static final String TABLE = "/machine/encodings.tsv";
  private static final String REFRESH =
      "; if the instructions of Encodings have changed, refresh the table: see"
          + " src/test/python/make_encodings.py";

  private final Assembler code = new Assembler();

  private static VectorRegister xmm(int number) {
    return new VectorRegister(number, 128);
  }

  private static VectorRegister ymm(int number) {
    return new VectorRegister(number, 256);
  }

  private static VectorRegister zmm(int number) {
    return new VectorRegister(number, 512);
  }

  private static Map<String, String> table() throws IOException {
    Map<String, String> table = new TreeMap<>();
    try (InputStream in = AssemblerTest.class.getResourceAsStream(TABLE)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] columns = line.split("\t");
        assertEquals(2, columns.length, line);
        assertEquals(null, table.put(columns[0], columns[1]), "Twice in the table: " + line);
      }
    }
    return table;
  }

  @Test
  void instructionsHaveTheBytesOfGnuAs() throws IOException {
    Map<String, String> table = table();
    Map<String, String> ours = Encodings.all();
    StringBuilder wrong = new StringBuilder();
    ours.forEach(
        (text, bytes) -> {
          if (!bytes.equals(table.get(text))) {
            wrong.append("\n%s: %s, as: %s".formatted(text, bytes, table.get(text)));
          }
        });
    assertTrue(wrong.isEmpty(), () -> "Bytes differ" + REFRESH + ":" + wrong);
    assertEquals(ours.keySet(), table.keySet(), "Table has instructions that are not tried");
    System.out.println(ours.size() + " instructions have the bytes of GNU as");
  }

  private static void refused(String message, Consumer<Assembler> use) {
    Assembler code = new Assembler();
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> use.accept(code), message);
    assertEquals(message, refusal.getMessage());
    assertEquals(0, code.size(), "bytes of what was refused: " + message);
  }

  @Test
  void instructionsWithoutEvexTakeRegistersTo15AndAtMost256Bits() {
    String numbers = ": must be of registers 0 to 15, as it has no EVEX form";
    refused("Invalid operand xmm16 of vhaddps" + numbers, a -> a.vhaddps(xmm(16), xmm(1), xmm(2)));
    refused("Invalid operand ymm31 of vhaddps" + numbers, a -> a.vhaddps(ymm(1), ymm(31), ymm(2)));
    refused("Invalid operand ymm16 of vhaddps" + numbers, a -> a.vhaddps(ymm(1), ymm(2), ymm(16)));
    refused(
        "Invalid operand ymm16 of vblendvps" + numbers,
        a -> a.vblendvps(ymm(1), ymm(2), ymm(3), ymm(16)));
    refused(
        "Invalid operand ymm17 of vcmpps" + numbers,
        a -> a.vcmpps(ymm(17), ymm(2), ymm(3), Comparison.LT));
    refused(
        "Invalid operand ymm16 of vextractf128" + numbers, a -> a.vextractf128(xmm(1), ymm(16)));
    refused(
        "Invalid operand xmm16 of vextractf128" + numbers, a -> a.vextractf128(xmm(16), ymm(1)));
    String narrow = ": must be of 128 to 256 bits";
    refused(
        "Invalid operand ymm16 of vmaskmovps" + numbers,
        a -> a.vmaskmovps(ymm(1), ymm(16), Address.at(RAX)));
    refused("Invalid operand zmm1 of vhaddps" + narrow, a -> a.vhaddps(zmm(1), zmm(2), zmm(3)));
    refused(
        "Invalid operand zmm1 of vblendvps" + narrow,
        a -> a.vblendvps(zmm(1), zmm(2), zmm(3), zmm(4)));
    refused(
        "Invalid operand zmm1 of vcmpps" + narrow,
        a -> a.vcmpps(zmm(1), zmm(2), zmm(3), Comparison.LT));
    refused(
        "Invalid operand zmm1 of vmaskmovps" + narrow,
        a -> a.vmaskmovps(Address.at(RAX), zmm(1), zmm(1)));
    refused(
        "Invalid operand xmm2 of vextractf128: must be of 256 bits alone",
        a -> a.vextractf128(Address.at(RAX), xmm(2)));
    refused(
        "Invalid operand zmm2 of vextractf128: must be of 256 bits alone",
        a -> a.vextractf128(ymm(1), zmm(2)));
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  void masksTake512BitsAlone(int bits) {
    VectorRegister narrow = new VectorRegister(2, bits);
    String message = " must be of 512 bits alone";
    refused(
        "Invalid operand " + narrow + " of vblendmps:" + message,
        a -> a.vblendmps(narrow, MaskRegister.K1, narrow, narrow));
    refused(
        "Invalid operand " + narrow + " of vcmpps to a mask:" + message,
        a -> a.vcmpps(MaskRegister.K2, narrow, narrow, Comparison.LT));
    refused(
        "Invalid operand " + narrow + " of vcmpps to a mask:" + message,
        a -> a.vcmpps(MaskRegister.K2, narrow, Address.at(RAX), Comparison.LT));
    refused(
        "Invalid operand " + narrow + " of vmovups under a mask:" + message,
        a -> a.vmovups(narrow, MaskRegister.K1, Address.at(RAX)));
    refused(
        "Invalid operand " + narrow + " of vmovups under a mask:" + message,
        a -> a.vmovups(Address.at(RAX), MaskRegister.K1, narrow));
    refused(
        "Invalid operand " + narrow + " of vextractf64x4:" + message,
        a -> a.vextractf64x4(xmm(1), narrow));
  }

  @Test
  void operandsAreOfOneWidth() {
    String beside = " bits beside the other operands";
    refused(
        "Invalid operand ymm2 of vaddps: must be of 128" + beside,
        a -> a.vaddps(xmm(1), ymm(2), xmm(3)));
    refused(
        "Invalid operand zmm3 of vaddps: must be of 256" + beside,
        a -> a.vaddps(ymm(1), ymm(2), zmm(3)));
    refused(
        "Invalid operand ymm2 of vaddps: must be of 512" + beside,
        a -> a.vaddps(zmm(1), ymm(2), Address.at(RAX)));
    refused(
        "Invalid operand xmm2 of vmovaps: must be of 256" + beside, a -> a.vmovaps(ymm(1), xmm(2)));
    refused(
        "Invalid operand ymm2 of vpslld: must be of 512" + beside,
        a -> a.vpslld(zmm(1), ymm(2), 3));
    refused(
        "Invalid operand ymm3 of vcmpps to a mask: must be of 512" + beside,
        a -> a.vcmpps(MaskRegister.K1, zmm(3), ymm(3), Comparison.LT));
    refused(
        "Invalid operand ymm2 of vbroadcastss: must be of 128" + beside,
        a -> a.vbroadcastss(ymm(1), ymm(2)));
    refused(
        "Invalid operand ymm1 of vextractf128: must be of 128" + beside,
        a -> a.vextractf128(ymm(1), ymm(2)));
    refused(
        "Invalid operand xmm1 of vextractf64x4: must be of 256" + beside,
        a -> a.vextractf64x4(xmm(1), zmm(2)));
    refused(
        "Invalid operand xmm4 of vblendvps: must be of 256" + beside,
        a -> a.vblendvps(ymm(1), ymm(2), ymm(3), xmm(4)));
  }

  @Test
  void oneFloatLiesIn128Bits() {
    refused(
        "Invalid operand ymm1 of vaddss: must be of 128 bits alone",
        a -> a.vaddss(ymm(1), ymm(2), ymm(3)));
    refused(
        "Invalid operand zmm1 of vmovss: must be of 128 bits alone",
        a -> a.vmovss(zmm(1), Address.at(RAX)));
    refused(
        "Invalid operand ymm1 of vmovss: must be of 128 bits alone",
        a -> a.vmovss(Address.at(RAX), ymm(1)));
    refused("Invalid operand ymm1 of vmovd: must be of 128 bits alone", a -> a.vmovd(RAX, ymm(1)));
  }

  @Test
  void numbersHaveTheirLimits() {
    for (int bits : new int[] {-1, 64, 256}) {
      refused("Invalid shift by " + bits + " bits: must be 0 to 63", a -> a.shl(RAX, bits));
      refused("Invalid shift by " + bits + " bits: must be 0 to 63", a -> a.shr(RAX, bits));
    }
    for (int bits : new int[] {-1, 32, 256}) {
      String message = "Invalid shift by " + bits + " bits: must be 0 to 31";
      refused(message, a -> a.vpslld(xmm(1), xmm(2), bits));
      refused(message, a -> a.vpsrld(xmm(1), xmm(2), bits));
      refused(message, a -> a.vpsrad(xmm(1), xmm(2), bits));
    }
    for (int lanes : new int[] {-1, 256}) {
      refused(
          "Invalid choice of lanes " + lanes + ": must be 0 to 255, two bits a lane",
          a -> a.vshufps(xmm(1), xmm(2), xmm(3), lanes));
    }
    for (int bytes : new int[] {0, -1, 3, 8192, Integer.MIN_VALUE}) {
      refused(
          "Invalid alignment " + bytes + ": must be a power of two from 1 to 4096",
          a -> a.align(bytes));
    }
    for (int bits : new int[] {0, 64, 384, 1024}) {
      assertThrows(IllegalArgumentException.class, () -> new VectorRegister(0, bits));
    }
    assertThrows(IllegalArgumentException.class, () -> new VectorRegister(-1, 128));
    assertThrows(IllegalArgumentException.class, () -> new VectorRegister(32, 512));
  }

  @Test
  void addressesThatHaveNoEncodingAreRefused() {
    assertEquals(
        "Invalid index rsp: must be any other register",
        assertThrows(IllegalArgumentException.class, () -> Address.at(RAX, RSP, 0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> Address.at(null));
    for (int scale : new int[] {0, -1, 3, 16, Integer.MIN_VALUE}) {
      assertEquals(
          "Invalid scale " + scale + ": must be 1, 2, 4 or 8",
          assertThrows(IllegalArgumentException.class, () -> new Address(RAX, RCX, scale, 0))
              .getMessage());
    }
    Address far = Address.at(RAX, Integer.MAX_VALUE);
    assertThrows(ArithmeticException.class, () -> far.plus(1));
    assertEquals(Address.at(RAX, RCX, 12), Address.at(RAX, RCX, 8).plus(4));
  }

  @Test
  void labelHasOnePlaceInOneAssembler() {
    Label label = new Label();
    code.ret();
    code.place(label);
    assertEquals(
        "Label has a place already, at byte 1: make one for each place",
        assertThrows(IllegalArgumentException.class, () -> code.place(label)).getMessage());
    String other = "Label belongs to another assembler: make one for each";
    refused(other, a -> a.jump(label));
    refused(other, a -> a.jump(Condition.E, label));
    refused(other, a -> a.place(label));
    Label used = new Label();
    code.jump(used);
    refused(other, a -> a.place(used));
  }

  @Test
  void codeWithAnOpenJumpIsRefused() {
    Label first = new Label();
    Label second = new Label();
    code.jump(first);
    code.jump(Condition.B, second);
    code.jump(second);
    for (int open = 3; open > 0; open -= 2) {
      assertEquals(
          "Jumps to labels without a place: " + open + "; place every label before code()",
          assertThrows(IllegalStateException.class, code::code).getMessage());
      code.place(open == 3 ? second : first);
    }
    assertEquals(16, code.code().length);
  }

  @Test
  void alignFillsUpToTheMultiple() {
    for (int bytes = 1; bytes <= 4096; bytes *= 2) {
      code.ret();
      code.align(bytes);
      assertEquals(0, code.size() % bytes);
      int size = code.size();
      code.align(bytes);
      assertEquals(size, code.size());
    }
    Assembler rest = new Assembler();
    for (int i = 0; i < 5000; i++) { // beyond the first array
      rest.ret();
    }
    byte[] rets = new byte[5000];
    Arrays.fill(rets, (byte) 0xC3);
    assertArrayEquals(rets, rest.code());
  }
}
