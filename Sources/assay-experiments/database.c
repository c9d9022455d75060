#include "experiments.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { ROW_BYTES = 1000, ROWS_IN_TRANSACTION = 1000, LOOKUPS = 1000 };

static int database_failed(sqlite3 *database, const char *what) {
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
    sqlite3_close(database);
    return 1;
}

/// Fills the table until the file is about as large as asked for.
static int insert_rows(sqlite3 *database, long rows) {
    sqlite3_stmt *insert;
    if (sqlite3_prepare_v2(database, "INSERT INTO entry VALUES (?1, ?2, ?3)", -1, &insert, NULL) != SQLITE_OK) return 1;
    static char text[ROW_BYTES];
    int result = SQLITE_DONE;
    for (long row = 0; row < rows && result == SQLITE_DONE; row++) {
        if (row % ROWS_IN_TRANSACTION == 0) sqlite3_exec(database, row ? "COMMIT; BEGIN" : "BEGIN", NULL, NULL, NULL);
        memset(text, 'a' + (int)(row % 26), sizeof text);
        sqlite3_bind_int64(insert, 1, row);
        sqlite3_bind_int64(insert, 2, row * 7919 % rows);
        sqlite3_bind_text(insert, 3, text, sizeof text, SQLITE_STATIC);
        result = sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    if (result != SQLITE_DONE) return 1;
    return sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK;
}

int write_database(const char *path, long bytes) {
    sqlite3 *database;
    if (sqlite3_open(path, &database) != SQLITE_OK) return database_failed(database, path);
    const char *schema = "CREATE TABLE entry (id INTEGER PRIMARY KEY, key INTEGER NOT NULL, text TEXT NOT NULL);"
                         "CREATE INDEX entry_key ON entry (key)";
    if (sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK) return database_failed(database, "create");
    // A row takes its text, its place in the index and their heads; four of them fill a page.
    long rows = bytes / (ROW_BYTES + 44);
    if (insert_rows(database, rows > 0 ? rows : 1) != 0) return database_failed(database, "insert");
    sqlite3_close(database);
    return 0;
}

static long query(sqlite3 *database, const char *sql, long argument) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) return -1;
    sqlite3_bind_int64(statement, 1, argument);
    long value = sqlite3_step(statement) == SQLITE_ROW ? (long)sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
}

int read_database(const char *path) {
    char name[600];
    // Nothing changes it, and no lock could be written beside it.
    snprintf(name, sizeof name, "file:%s?immutable=1", path);
    sqlite3 *database;
    if (sqlite3_open_v2(name, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK)
        return database_failed(database, path);
    long rows = query(database, "SELECT count(*) FROM entry WHERE length(text) > ?1", 0);
    if (rows <= 0) return database_failed(database, "read");
    for (long lookup = 0; lookup < LOOKUPS; lookup++)
        if (query(database, "SELECT length(text) FROM entry WHERE key = ?1", lookup * 104729 % rows) < 0
            && sqlite3_errcode(database) != SQLITE_DONE)
            return database_failed(database, "look up");
    printf("%ld rows\n", rows);
    sqlite3_close(database);
    return 0;
}
