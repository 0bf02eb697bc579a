/** Traces at rest: Azure's 2019 and 2021 formats as In-Vitro reads them, a converter and a synthetic generator. */
@NullMarked
package dev.thaw.load.trace;

import org.jspecify.annotations.NullMarked;
