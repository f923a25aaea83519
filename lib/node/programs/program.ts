import { type ContainerOptions, containerCommand } from './image.ts';
import type { Specification } from './specification.ts';

/** A program that the suite drives, and how to start it. */
export interface Program {
  readonly name: 'k6' | 'surreal';
  /** As the program tells it, e.g. `2.2.0`. */
  readonly version: string;
  readonly source: 'K6_BIN' | 'SURREAL_BIN' | 'PATH' | 'cache' | 'built' | 'image';
  /** The file, or the name of the image. */
  readonly location: string;
  /**
   * The beginning of a command line, to be followed by the program's own arguments and started with the same `env` in its
   * environment. An image sees the host only through `mounts` and `files`, at the same absolute paths; a file
   * ignores them.
   */
  command(options: ContainerOptions): string[];
}

interface Found {
  readonly location: string;
  readonly version: string;
}

export function binaryProgram({ name }: Specification, source: Program['source'], found: Found): Program {
  const { location, version } = found;
  return { name, version, source, location, command: () => [location] };
}

export function imageProgram({ name, image }: Specification, docker: string, { version }: Found): Program {
  return {
    name,
    version,
    source: 'image',
    location: image,
    command: (options) => containerCommand(docker, image, options),
  };
}
