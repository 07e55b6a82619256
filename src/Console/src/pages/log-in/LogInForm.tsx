import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useLogIn, type Session } from "../../api/session";
import { ProblemAlert } from "../../shared/ProblemAlert";

/** Name and password; what follows is the caller's. */
export function LogInForm({ username = "", onDone }: { username?: string; onDone?: (session: Session) => void }) {
  const { t } = useTranslation("common");
  const logIn = useLogIn();
  const form = useForm({ initialValues: { username, password: "" } });
  const submit = form.onSubmit((values) => logIn.mutate(values, { onSuccess: onDone, onError: () => form.setFieldValue("password", "") }));
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label={t("username")} autoComplete="username" autoCapitalize="none" required {...form.getInputProps("username")} />
        <PasswordInput
          label={t("password")}
          autoComplete="current-password"
          required
          {...form.getInputProps("password")}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword"), "aria-hidden": false, tabIndex: 0 }}
        />
        <ProblemAlert error={logIn.error} />
        <Button type="submit" loading={logIn.isPending}>
          {t("logIn")}
        </Button>
      </Stack>
    </form>
  );
}
