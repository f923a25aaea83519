import { containerCommand } from './image.ts';
import type { Program } from './program.ts';
import type { Specification } from './specification.ts';

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
