import { describe, expect, it } from "vitest";
import { callGuest } from "#test/guest/call.ts";
import { imageProcessors } from "./bytes.ts";
import { callExample } from "./call.ts";
import { bad, first, sound, wasteful } from "./modules.ts";

const VERSIONS = [
  ["1.1.0", first],
  ["1.2.0", sound],
  ["1.3.0", bad],
  ["1.4.0", wasteful],
] as const;
const IMAGE = { imageUrl: "https://example.com/image.jpg", width: 1600, height: 1200 };

describe.each(VERSIONS)("examples/image-processor %s", (_, module) => {
  it("passes its health check", async () => {
    expect(await callExample(module, "health_check", null)).toBe("OK");
  });

  it.each([
    [
      { width: 4000, height: 3000 },
      { width: 1024, height: 768 },
    ],
    [
      { width: 800, height: 600 },
      { width: 800, height: 600 },
    ],
    [
      { width: 1, height: 65_535 },
      { width: 1, height: 1024 },
    ],
    [
      { width: 1000, height: 500, maxWidth: 100, maxHeight: 10 },
      { width: 20, height: 10 },
    ],
  ])("resizes %j to %j", async (given, expected) => {
    expect(await callExample(module, "resize", given)).toEqual(expected);
  });

  it.each([
    [{}],
    [{ width: 0, height: 10 }],
    [{ width: 1.5, height: 10 }],
    [{ width: "9", height: 9 }],
  ])("says what it lacks in %j", async (given) => {
    const answer = await callExample(module, "resize", given);
    expect(answer).toEqual({ error: expect.stringContaining("whole number from 1 to 65535") });
  });
});

describe("examples/image-processor", () => {
  it("names the rendition by the image's size and the CRC-32 of its URL", async () => {
    expect(await callExample(first, "process_image", IMAGE)).toEqual({
      version: "1.1.0",
      processedImageUrl: "https://example.com/image_1024x768_31ccdc57.jpg",
      width: 1024,
      height: 768,
      checksum: "31ccdc57",
    });
  });

  it("answers with WebP and a preview in 1.2.0", async () => {
    expect(await callExample(sound, "process_image", IMAGE)).toMatchObject({
      version: "1.2.0",
      processedImageUrl: "https://example.com/image_1024x768_31ccdc57.webp",
      previewUrl: "https://example.com/image_128x96_31ccdc57.webp",
    });
  });

  it("answers as 1.2.0 does and names a quality in 1.4.0", async () => {
    expect(await callExample(wasteful, "process_image", IMAGE)).toEqual({
      ...Object(await callExample(sound, "process_image", IMAGE)),
      version: "1.4.0",
      quality: expect.any(Number),
    });
  });

  it("traps for about one URL in five in 1.3.0, and always for the same ones", async () => {
    const outcomes = async (): Promise<boolean[]> => {
      const trapped: boolean[] = [];
      for (let number = 0; number < 500; number += 1) {
        const imageUrl = `https://images.example.com/${number}.jpg`;
        const called = callExample(bad, "process_image", { ...IMAGE, imageUrl });
        trapped.push(
          await called.then(
            () => false,
            () => true,
          ),
        );
      }
      return trapped;
    };
    const trapped = await outcomes();
    const count = trapped.filter(Boolean).length;
    expect(count).toBeGreaterThan(75);
    expect(count).toBeLessThan(125);
    expect(await outcomes()).toEqual(trapped);
  });

  it("costs less gas in 1.2.0 than in 1.1.0, and about twenty times that in 1.4.0", async () => {
    const first = await gasOf("1.1.0");
    const cheaper = await gasOf("1.2.0");
    expect(cheaper).toBeLessThan(first);
    const times = (await gasOf("1.4.0")) / cheaper;

    expect(times).toBeGreaterThan(15);
    expect(times).toBeLessThan(25);
  });
});

async function gasOf(version: keyof typeof imageProcessors): Promise<number> {
  const { gasUsed } = await callGuest(imageProcessors[version], {
    function: { name: "process_image", style: "json", parameters: [], results: ["i64"] },
    arguments: JSON.stringify(IMAGE),
  });
  if (gasUsed === null) throw new Error(`${version} did not end`);
  return gasUsed;
}
