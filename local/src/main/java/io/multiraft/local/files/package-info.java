/** What the other packages need of the file system. */
package io.multiraft.local.files;
