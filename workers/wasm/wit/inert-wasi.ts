// The WASI that the WIT tools are linked with (scripts/build-wit-tools.ts): an empty world, since
// parsing a text needs none. It refuses files, standard input, clocks and the network by not
// having them; what the tools print, the trace of a panic, is dropped.

/** Stands for every file, terminal and input: it can be asked for, and does nothing. */
class Nothing {
  readonly isAbsent = true;
}

class DroppedOutput {
  checkWrite(): bigint {
    return 65_536n;
  }
  write(): void {}
  blockingWriteAndFlush(): void {}
  blockingFlush(): void {}
}

const output = new DroppedOutput();

export const environment = { getEnvironment: (): [string, string][] => [] };
export const exit = {
  exit(): never {
    throw new Error("The WIT tools asked to exit.");
  },
};
export const stdin = { getStdin: () => new Nothing() };
export const stdout = { getStdout: () => output };
export const stderr = { getStderr: () => output };
export const terminalInput = { TerminalInput: Nothing };
export const terminalOutput = { TerminalOutput: Nothing };
export const terminalStdin = { getTerminalStdin: () => undefined };
export const terminalStdout = { getTerminalStdout: () => undefined };
export const terminalStderr = { getTerminalStderr: () => undefined };
export const preopens = { getDirectories: (): [] => [] };
export const types = {
  Descriptor: Nothing,
  DirectoryEntryStream: Nothing,
  filesystemErrorCode: () => undefined,
};
export const error = { Error: Nothing };
export const streams = { InputStream: Nothing, OutputStream: DroppedOutput };
export const random = {
  getRandomBytes: (length: bigint) => crypto.getRandomValues(new Uint8Array(Number(length))),
};
