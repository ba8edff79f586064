package scriptorium.job.row;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;

/**
 * Parsers that keep the sign of -0.0 where floats are read as {@code BigDecimal}, which has no such
 * value: like NaN it is read as a double. Thread-safe.
 */
final class SignedZeros extends JsonFactory {
  private static final long serialVersionUID = 1;

  SignedZeros(JsonFactoryBuilder builder) {
    super(builder);
  }

  @Override
  protected JsonParser _createParser(InputStream in, IOContext context) throws IOException {
    return new Parser(super._createParser(in, context));
  }

  @Override
  protected JsonParser _createParser(Reader in, IOContext context) throws IOException {
    return new Parser(super._createParser(in, context));
  }

  @Override
  protected JsonParser _createParser(
      char[] text, int from, int length, IOContext context, boolean recyclable) throws IOException {
    return new Parser(super._createParser(text, from, length, context, recyclable));
  }

  @Override
  protected JsonParser _createParser(byte[] text, int from, int length, IOContext context)
      throws IOException {
    return new Parser(super._createParser(text, from, length, context));
  }

  private static final class Parser extends JsonParserDelegate {
    Parser(JsonParser parser) {
      super(parser);
    }

    /** What decides between a double and a {@code BigDecimal}. */
    @Override
    public boolean isNaN() throws IOException {
      return delegate.isNaN()
          || delegate.currentToken() == JsonToken.VALUE_NUMBER_FLOAT && isNegativeZero();
    }

    private boolean isNegativeZero() throws IOException {
      char[] text = delegate.getTextCharacters();
      int from = delegate.getTextOffset();
      if (text[from] != '-') {
        return false;
      }
      for (int i = from + 1; i < from + delegate.getTextLength(); i++) {
        if (text[i] == 'e' || text[i] == 'E') {
          break;
        }
        if (text[i] != '0' && text[i] != '.') {
          return false;
        }
      }
      return true;
    }
  }
}
