/** What users read: suggestions for misspelt names, and JSON in the form of the outward interface. */
@NullMarked
package dev.thaw.gateway.text;

import org.jspecify.annotations.NullMarked;
