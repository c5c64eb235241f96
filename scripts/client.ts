// A small client of the 000 dialect for the scripts: a failed request is an error that says what came back.

export type Json = Record<string, unknown>;

export class Client {
  readonly #url: string;
  #token = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** Answers the token that it sends from now on. */
  async login(user: { username: string; password: string }): Promise<string> {
    const { token } = await this.send<{ token: string }>(
      "POST",
      "/api/v1/authentication/login",
      user,
    );
    this.#token = token;
    return token;
  }

  async send<Answer = Json>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.raw(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    // The scripts say which answer they expect of which path.
    return (text === "" ? {} : JSON.parse(text)) as Answer;
  }

  raw(method: string, path: string, body?: unknown): Promise<Response> {
    return this.rawText(method, path, body === undefined ? undefined : JSON.stringify(body));
  }

  /** The body is JSON already. */
  rawText(method: string, path: string, body?: string): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(this.#token === "" ? {} : { Authorization: `Bearer ${this.#token}` }),
      },
      ...(body === undefined ? {} : { body }),
    });
  }
}
