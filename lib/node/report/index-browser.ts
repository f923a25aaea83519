/// <reference lib="dom" />
// Runs in the reader's browser: hides the runs that the filters exclude.
const form = document.getElementById('filters') as HTMLFormElement;

function apply(): void {
  const chosen = [...new FormData(form).values()].map(String);
  for (const marked of document.querySelectorAll<HTMLElement>('[data-run]')) {
    const values = marked.dataset.run?.split(' ') ?? [];
    const row = marked.closest('tr');
    if (row !== null) row.hidden = chosen.some((value, index) => value !== '' && value !== values[index]);
  }
}

form.addEventListener('change', apply);
apply();
