/**
 * Conditions: their types, their reasons (each a constant with a sentence), and how a new set of
 * findings becomes the list in a resource's status without changing what did not change.
 */
package io.multiraft.operator.status;
