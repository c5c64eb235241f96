// Each function of wasi_snapshot_preview1, called past the C library by a real program (fixtures/functions.c): the
// error numbers and results that it answers, one row a function.
import { expect, test } from "vitest";
import type { FileGrant, GuestCall } from "#domain/execution.ts";
import { machine } from "#guest/machine.ts";
import { Sink, Stdin } from "#guest/stdio.ts";
import { wasiImports } from "#guest/wasi1/host.ts";
import { GuestMemory } from "#guest/wasi1/memory.ts";
import { createWorld } from "#guest/wasi1/world.ts";
import { callGuest } from "#test/guest/call.ts";
// oxlint-disable-next-line no-restricted-imports -- The README is in no room.
import readme from "../../README.md?raw";
import functions from "./fixtures/functions.wasi";

const TREE: FileGrant = {
  access: "ReadWrite",
  preopens: ["/data"],
  files: [
    { path: "/data/in.txt", text: "abcdef" },
    { path: "/data/folder/one.txt", text: "1" },
  ],
};

async function run(name: string, given: Partial<GuestCall> = {}) {
  const signature = { name, style: "command", parameters: [], results: [] } as const;
  return callGuest(functions, {
    function: signature,
    environment: { NAME: "value" },
    files: TREE,
    ...given,
  });
}

/** By WASI: 8 badf, 20 exist, 28 inval, 31 isdir, 37 nametoolong, 44 noent, 54 notdir, 55 notempty, 57 notsock,
 *  58 notsup, 63 perm, 70 spipe, 76 notcapable. File types: 3 directory, 4 file. */
const CALLED: readonly [name: string, promise: string, answers: unknown[]][] = [
  ["args_get", "gives the program's name first", [0, "report"]],
  ["args_sizes_get", "counts the name and the function's", [0, 2, 22]],
  ["clock_res_get", "is a millisecond, and refuses a clock that isn't", [0, 1_000_000, 28]],
  ["clock_time_get", "tells the time of day and one that never goes back", [0, 1, 0, 1, 28]],
  ["environ_get", "gives what was granted", [0, "NAME=value"]],
  ["environ_sizes_get", "counts what was granted", [0, 1, 11]],
  ["fd_advise", "is taken and changes nothing", [0, 8]],
  ["fd_allocate", "makes a file as long as it says", [0, 100]],
  ["fd_close", "closes once", [0, 8]],
  ["fd_datasync", "has nothing to do", [0, 8]],
  ["fd_fdstat_get", "tells files from directories", [0, 4, 0, 3]],
  ["fd_fdstat_set_flags", "sets append and refuses what isn't", [0, 1, 28]],
  ["fd_fdstat_set_rights", "takes rights away and gives none", [0, 0, 76]],
  ["fd_filestat_get", "tells size, type and links", [0, 6, 4, 1]],
  ["fd_filestat_set_size", "cuts a file", [0, 3, "abc"]],
  ["fd_filestat_set_times", "sets both times and refuses two of one", [0, 11, 22, 28]],
  ["fd_pread", "reads into several places from an offset", [0, "bcde"]],
  ["fd_prestat_dir_name", "names the directory and needs room for it", [0, "/data", 37]],
  ["fd_prestat_get", "tells the length of the name, and where no more are", [0, 5, 8]],
  ["fd_pwrite", "writes at an offset", [0, 2, "abXYef"]],
  ["fd_read", "reads on, and neither a directory nor stdout", [0, "abcd", 0, "ef", 76, 76]],
  [
    "fd_readdir",
    "lists the directory, and what fits of the rest",
    [0, ".", 3, "..", 3, "in.txt", 4, "folder", 3, 0, 30],
  ],
  ["fd_renumber", "moves a descriptor over another", [0, "abcdef", 8]],
  ["fd_seek", "goes from the end, never before the start, nor on a stream", [0, 4, 28, 70]],
  ["fd_sync", "has nothing to do", [0, 8]],
  ["fd_tell", "tells where it is", [0, 5]],
  ["fd_write", "writes of several places, and appends where it should", [0, 3, "123", "12312"]],
  ["path_create_directory", "makes one once, and none above", [0, 20, 63]],
  ["path_filestat_get", "tells what is there", [0, 3, 44]],
  ["path_filestat_set_times", "sets both times", [0, 1, 2]],
  ["path_link", "gives a file a second name, and a directory none", [0, "abcdef", 2, 63]],
  ["path_open", "creates, truncates and refuses as it is asked", [44, 20, 54, 0, 0, 63]],
  ["path_readlink", "tells where a link leads, and of a file nothing", [0, "in.txt", 28]],
  ["path_remove_directory", "removes an empty one alone", [55, 54, 0, -44]],
  ["path_rename", "moves a file", [0, -44, "abcdef"]],
  ["path_symlink", "makes a link that leads below", [0, 63, "abcdef"]],
  ["path_unlink_file", "removes files alone", [0, -44, 31]],
  [
    "poll_oneoff",
    "sleeps until the clock is due; with something ready not at all",
    [0, 1, 7, 0, 1, 0, 1, 8, 4, 28],
  ],
  ["proc_raise", "is refused", [58]],
  ["random_get", "fills what it is given", [0, 1]],
  ["sched_yield", "goes on", [0]],
  ["sock_accept", "is refused", [57, 8]],
  ["sock_recv", "is refused", [57, 8]],
  ["sock_send", "is refused", [57, 8]],
  ["sock_shutdown", "is refused", [57, 8]],
];

test.each(CALLED)("%s %s", async (...[name, , answers]) => {
  const answer = await run(name);
  expect([answer.failure, answer.exitCode]).toEqual([null, 0]);
  expect(JSON.parse(answer.returnValue ?? "")).toEqual(answers);
});

test("proc_exit ends with its code, and what was written before is told", async () => {
  const answer = await run("proc_exit");
  expect(answer).toMatchObject({
    failure: { code: "GUEST_EXIT" },
    exitCode: 42,
    stdout: "before",
  });
});

test("all of stdout survives beside an exit code", async () => {
  const bounds = { outputBytesMax: 4 * 1024 * 1024, logBytesMax: 1_024 };
  const answer = await run("flood", { bounds });
  expect(answer.exitCode).toBe(3);
  expect(answer.stdout).toBe("a line that is kept\n".repeat(20_000));
});

test("poll_oneoff spends no gas on waiting", async () => {
  const [polled, yielded] = [await run("poll_oneoff"), await run("sched_yield")];
  expect(polled.gasUsed ?? 1e9).toBeLessThan((yielded.gasUsed ?? 0) + 1_000_000);
});

test("every function is in the README's table, is there, and is called above", () => {
  const [, after = ""] = readme.split("### WASI preview 1");
  const [table = ""] = after.split("\n### ");
  const told = table
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) =>
      [...(line.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
  const streams = { stdin: new Stdin(""), stdout: new Sink(0), stderr: new Sink(0) };
  const exit = (code: number): never => {
    throw new Error(`exit ${code}`);
  };
  const world = createWorld(
    { args: [], environment: {}, files: TREE, ...streams },
    { machine, memory: new GuestMemory(() => new ArrayBuffer(0)), exit },
  );
  const there = new Set(Object.keys(wasiImports(world, (fn) => fn)));
  expect(new Set(told)).toEqual(there);
  expect(new Set([...CALLED.map(([name]) => name), "proc_exit"])).toEqual(there);
});
