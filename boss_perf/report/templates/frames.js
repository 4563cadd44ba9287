"use strict";
for (const flame of document.querySelectorAll(".flame")) {
  const frames = [...flame.querySelectorAll(".frame")];
  const place = (left, width) => frames.forEach((frame) => {
    const at = (frame.dataset.left - left) / width * 100, wide = frame.dataset.width / width * 100;
    frame.style.left = `${Math.max(0, at)}%`;
    frame.style.width = `${Math.min(100, at + wide) - Math.max(0, at)}%`;
    frame.hidden = at >= 99.999 || at + wide <= 0.001;
  });
  frames.forEach((frame) => frame.addEventListener("click", () => place(+frame.dataset.left, +frame.dataset.width)));
  flame.querySelector("button.all").addEventListener("click", () => place(0, 100));
  flame.querySelector("input").addEventListener("input", ({target}) => {
    const word = target.value.toLowerCase();
    frames.forEach((frame) => frame.classList.toggle("dim", word !== "" && !frame.textContent.toLowerCase().includes(word)));
  });
}
