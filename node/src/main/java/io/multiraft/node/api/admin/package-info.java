/**
 * The admin API: HTTP/1.1 and JSON on the shared port for the operator and for people with curl,
 * the probes and the metrics. {@code AdminHandler} routes; {@code Documents} names the JSON.
 */
package io.multiraft.node.api.admin;
