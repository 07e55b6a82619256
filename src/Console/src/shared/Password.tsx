import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** A field for a password, whose eye can be reached by keyboard and has a name. */
export function Password(props: PasswordInputProps) {
  const { t } = useTranslation("common");
  return (
    <PasswordInput
      required
      visibilityToggleButtonProps={{ "aria-label": t("showPassword"), "aria-hidden": false, tabIndex: 0 }}
      {...props}
    />
  );
}
