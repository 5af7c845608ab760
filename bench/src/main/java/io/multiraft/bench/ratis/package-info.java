/** Apache Ratis as the load sees it, and its server. */
package io.multiraft.bench.ratis;
