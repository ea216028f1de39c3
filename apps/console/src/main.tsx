import "@fontsource-variable/geist";
import "@fontsource-variable/geist-mono";
import "@lubdub/react/styles.css";
import "./console.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Console } from "./Console.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no element #root");
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
