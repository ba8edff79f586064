package scriptorium.engine;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests of arithmetic, which the build runs once more for each width and for the scalar twin (tag
 * {@code widths}). Machine code of a width that the processor lacks is left out, and the output
 * says so, see {@link WidthCondition}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Tag("widths")
@ExtendWith(WidthCondition.class)
public @interface Widths {}
